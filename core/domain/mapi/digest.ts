import { createHash } from 'node:crypto';
import { type CanonicalProperty, canonicalProperties } from './canonical.ts';
import type { MapiAttachment, MapiMessage, PropertyBag } from './model.ts';

/**
 * SHA-256 over an item in canonical form: properties by key, recipients and attachments in an order of their own, and
 * without what servers change (volatile.ts). Equal digests mean that `compareMessages` finds nothing.
 */
export function canonicalDigest(message: MapiMessage): Buffer {
  return digestMessage(message);
}

function digestMessage(message: MapiMessage): Buffer {
  return combine(
    bagDigest(message),
    message.recipients.map(bagDigest),
    message.attachments.map((attachment) => attachmentDigest(attachment)),
  );
}

export function bagDigest(bag: PropertyBag): Buffer {
  return propertiesDigest(canonicalProperties(bag));
}

export function attachmentDigest(attachment: MapiAttachment): Buffer {
  const own = bagDigest(attachment);
  if (!attachment.embedded) return own;
  return createHash('sha256').update(own).update('embedded').update(digestMessage(attachment.embedded)).digest();
}

export function propertiesDigest(properties: CanonicalProperty[]): Buffer {
  const sum = createHash('sha256');
  const head = Buffer.alloc(8);
  for (const property of properties) {
    head.writeUInt32LE(property.type, 0);
    head.writeUInt32LE(property.size >>> 0, 4);
    sum.update(`${property.key}\0`).update(head).update(property.value);
  }
  return sum.digest();
}

/** Order of recipients and of attachments is the server's; their digests are put in order here. */
export function combine(own: Buffer, recipients: Buffer[], attachments: Buffer[]): Buffer {
  const sum = createHash('sha256').update(own);
  for (const group of [recipients, attachments]) {
    sum.update(`${group.length}\0`);
    for (const one of group.sort(Buffer.compare)) sum.update(one);
  }
  return sum.digest();
}
