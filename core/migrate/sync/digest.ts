import { createHash } from 'node:crypto';
import { ExportStreamScanner } from '../../domain/mapi/scan.ts';
import type { ItemContent } from '../../exchange/mail-store.ts';

/** SHA-256 over what travels, in the pieces it came in; attachments of typed items included. */
export function digestOf(content: ItemContent): Uint8Array {
  const sum = createHash('sha256');
  addTo(sum, content);
  return new Uint8Array(sum.digest());
}

function addTo(sum: ReturnType<typeof createHash>, content: ItemContent): void {
  switch (content.form) {
    case 'stream':
      for (const part of content.parts) sum.update(part);
      return;
    case 'mime':
      for (const part of content.parts) sum.update(part);
      sum.update(JSON.stringify([content.fields, content.properties]));
      return;
    case 'typed':
      sum.update(JSON.stringify([content.fields, content.properties]));
      for (const one of content.exceptions?.modified ?? []) addTo(sum, one.content);
      sum.update(JSON.stringify(content.exceptions?.deleted ?? []));
      for (const attachment of content.attachments) {
        sum.update(attachment.name);
        if (attachment.kind === 'file') for (const part of attachment.parts) sum.update(part);
        else addTo(sum, attachment.item);
      }
  }
}

const NO_MESSAGE = { marker() {}, property() {}, value() {}, data() {}, endProperty() {} };

/**
 * Whether an export stream is whole. `cut`: it breaks off and has to be fetched again; `partial`: the server itself
 * could not read all of the item; `opaque`: this program cannot read it, which is no fault of the item.
 */
export function soundness(parts: Uint8Array[]): 'whole' | 'cut' | 'partial' | 'opaque' {
  const scanner = new ExportStreamScanner(NO_MESSAGE);
  for (const part of parts) scanner.push(part);
  const result = scanner.end();
  if (result.ok) return 'whole';
  if (result.reason === 'truncated' || result.reason === 'truncatedByServer') return 'cut';
  return result.reason === 'partialItem' ? 'partial' : 'opaque';
}
