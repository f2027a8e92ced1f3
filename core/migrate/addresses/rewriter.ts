import { decodeExportStream } from '../../domain/mapi/decode.ts';
import { canonicalDigest } from '../../domain/mapi/digest.ts';
import { encodeExportStream } from '../../domain/mapi/encode.ts';
import type { MapiMessage } from '../../domain/mapi/model.ts';
import { addressesOf, rewriteAddresses } from '../../domain/mapi/rewrite-addresses.ts';
import { escapeXml } from '../../exchange/ews/xml.ts';
import type { ItemContent, MimeContent, StreamContent, TypedContent, TypedField } from '../../exchange/mail-store.ts';
import type { Store } from '../../store/store.ts';
import { AddressMap } from '../hierarchy/permissions.ts';

/** Larger items keep their addresses: rewriting holds an item whole, twice. Their X500 addresses resolve all the same. */
const REWRITE_BYTES = 16 * 1024 * 1024;

/** Fields of EWS that name people of the item itself. */
const PEOPLE = new Set([
  'Sender',
  'From',
  'ToRecipients',
  'CcRecipients',
  'BccRecipients',
  'ReplyTo',
  'ReceivedBy',
  'ReceivedRepresenting',
  'Organizer',
  'RequiredAttendees',
  'OptionalAttendees',
  'Resources',
]);
const MAILBOX = /<t:EmailAddress>([^<]*)<\/t:EmailAddress>(<t:RoutingType>[^<]*<\/t:RoutingType>)?/gu;
const HEADER = /^(?:from|sender|reply-to|to|cc|bcc|resent-(?:from|to|cc)):/iu;
const SMTP = /[^\s<>"(),;:]+@[^\s<>"(),;:]+/gu;

/**
 * Puts the target's addresses into items on their way, through the matches. Rewriting is a function of the item and the
 * matches alone, so a comparison can do the same to what it reads and tell a rewritten recipient from an altered one.
 */
export class AddressRewriter {
  readonly #map: AddressMap;

  constructor(store: Store) {
    this.#map = new AddressMap(store);
  }

  /** The content with the target's addresses; the content itself where nothing in it has one. */
  content(content: ItemContent): Promise<ItemContent> {
    switch (content.form) {
      case 'stream':
        return this.#stream(content);
      case 'mime':
        return this.#mime(content);
      case 'typed':
        return this.typed(content);
    }
  }

  /** In place. */
  async message(message: MapiMessage): Promise<number> {
    const known = await this.#known(addressesOf(message));
    return known.size === 0 ? 0 : rewriteAddresses(message, (address) => known.get(address));
  }

  async typed(content: TypedContent): Promise<TypedContent> {
    const fields = await this.#fields(content.fields);
    return fields === content.fields ? content : { ...content, fields };
  }

  async #stream(content: StreamContent): Promise<StreamContent> {
    if (content.size > REWRITE_BYTES) return content;
    const decoded = decodeExportStream(Buffer.concat(content.parts));
    if (!decoded.ok || (await this.message(decoded.message)) === 0) return content;
    const bytes = encodeExportStream(decoded.message);
    // What cannot be written again exactly stays as it came.
    const again = decodeExportStream(bytes);
    if (!again.ok || !canonicalDigest(again.message).equals(canonicalDigest(decoded.message))) return content;
    return { form: 'stream', parts: [bytes], size: bytes.length };
  }

  async #mime(content: MimeContent): Promise<MimeContent> {
    const fields = await this.#fields(content.fields);
    if (content.size > REWRITE_BYTES) return { ...content, fields };
    const bytes = Buffer.concat(content.parts);
    const end = /\r?\n\r?\n/u.exec(bytes.toString('latin1', 0, Math.min(bytes.length, 256 * 1024)));
    if (!end) return { ...content, fields };
    const head = bytes.toString('latin1', 0, end.index);
    const rewritten = await this.#headers(head);
    if (rewritten === head) return { ...content, fields };
    const whole = Buffer.concat([Buffer.from(rewritten, 'latin1'), bytes.subarray(end.index)]);
    return { ...content, fields, parts: [whole], size: whole.length };
  }

  async #headers(head: string): Promise<string> {
    const lines = head.split(/\r\n(?![ \t])|\n(?![ \t])/u);
    const known = await this.#known(
      lines.filter((line) => HEADER.test(line)).flatMap((line) => line.match(SMTP) ?? []),
    );
    if (known.size === 0) return head;
    return lines
      .map((line) => (HEADER.test(line) ? line.replace(SMTP, (address) => known.get(address) ?? address) : line))
      .join('\r\n');
  }

  async #fields(fields: TypedField[]): Promise<TypedField[]> {
    const found = fields.flatMap(({ name, xml }) =>
      PEOPLE.has(name) ? [...xml.matchAll(MAILBOX)].map((match) => match[1] ?? '') : [],
    );
    const known = await this.#known(found);
    if (known.size === 0) return fields;
    return fields.map((field) =>
      PEOPLE.has(field.name)
        ? {
            name: field.name,
            xml: field.xml.replace(MAILBOX, (whole, address: string, routing: string | undefined) => {
              const target = known.get(address);
              if (target === undefined) return whole;
              return `<t:EmailAddress>${escapeXml(target)}</t:EmailAddress>${routing ? '<t:RoutingType>SMTP</t:RoutingType>' : ''}`;
            }),
          }
        : field,
    );
  }

  async #known(addresses: string[]): Promise<Map<string, string>> {
    const known = new Map<string, string>();
    for (const address of new Set(addresses)) {
      const target = await this.#map.target(address);
      if (target !== null && target.toLowerCase() !== address.toLowerCase()) known.set(address, target);
    }
    return known;
  }
}
