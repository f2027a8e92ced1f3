import { getText, hasProp, setProp } from './bag.ts';
import { type CorrespondentTags, OF_MESSAGE, RECIPIENT } from './correspondents.ts';
import { addressSearchKey, oneOffEntryId } from './entry-id.ts';
import type { MapiMessage, PropertyBag } from './model.ts';
import type { PropRef } from './ref.ts';

/** SMTP and X500 addresses of the sender, the receiver and the recipients; what is attached keeps its own. */
export function addressesOf(message: MapiMessage): string[] {
  const found = new Set<string>();
  for (const [bag, party] of parties(message))
    for (const ref of [party.address, party.smtp]) {
      const text = getText(bag, ref);
      if (text) found.add(text);
    }
  return [...found];
}

/**
 * Puts the addresses of the target in the place of those that `target` knows, in the message itself. A person then
 * stands as an SMTP address: ids of the source's address book mean nothing elsewhere.
 * @returns how many were rewritten
 */
export function rewriteAddresses(message: MapiMessage, target: (address: string) => string | undefined): number {
  let count = 0;
  for (const [bag, party] of parties(message)) {
    const address = getText(bag, party.address);
    const smtp = getText(bag, party.smtp);
    const found = (address && target(address)) ?? (smtp && target(smtp));
    if (!found || same(found, address)) continue;
    count++;
    const put = (ref: PropRef, value: string | Uint8Array): void => {
      if (hasProp(bag, ref)) setProp(bag, ref, value);
    };
    setProp(bag, party.address, found);
    setProp(bag, party.type, 'SMTP');
    put(party.smtp, found);
    put(party.entryId, oneOffEntryId(getText(bag, party.name) ?? found, found));
    put(party.searchKey, addressSearchKey('SMTP', found));
  }
  return count;
}

function same(found: string, address: string | undefined): boolean {
  return address?.toLowerCase() === found.toLowerCase();
}

function parties(message: MapiMessage): [PropertyBag, CorrespondentTags][] {
  return [
    ...message.recipients.map((bag): [PropertyBag, CorrespondentTags] => [bag, RECIPIENT]),
    ...OF_MESSAGE.map((party): [PropertyBag, CorrespondentTags] => [message, party]),
  ];
}
