import { getNumber, setProp, valueSize } from './bag.ts';
import type { MapiAttachment, MapiMessage, PropertyBag } from './model.ts';
import { PidTag } from './tags.ts';

/** PidTagAttachMethod ([MS-OXCMSG] 2.2.2.9). */
export const AttachMethod = { byValue: 1, byReference: 2, byReferenceOnly: 4, embeddedMessage: 5, storage: 6 } as const;

/** PidTagRecipientType ([MS-OXOMSG] 2.2.3.1); 0 is the organizer of a meeting. */
export const RecipientType = { originator: 0, to: 1, cc: 2, bcc: 3 } as const;

/** PidTagMessageFlags ([MS-OXCMSG] 2.2.1.6). */
export const MessageFlag = {
  read: 0x1,
  unmodified: 0x2,
  submitted: 0x4,
  unsent: 0x8,
  hasAttach: 0x10,
  fromMe: 0x20,
  associated: 0x40,
  resend: 0x80,
  notifyRead: 0x100,
  notifyUnread: 0x200,
  everRead: 0x400,
  internet: 0x2000,
  untrusted: 0x8000,
} as const;

export function newMessage(messageClass: string): MapiMessage {
  const message: MapiMessage = { properties: [], recipients: [], attachments: [] };
  setProp(message, PidTag.MessageClass, messageClass);
  return message;
}

export function newBag(): PropertyBag {
  return { properties: [] };
}

export function newAttachment(method: number): MapiAttachment {
  const attachment: MapiAttachment = { properties: [] };
  setProp(attachment, PidTag.AttachMethod, method);
  return attachment;
}

/** Recipients of one PidTagRecipientType; the flag bits above the low four are not part of the type. */
export function recipientsOf(message: MapiMessage, type: number): PropertyBag[] {
  return message.recipients.filter((r) => ((getNumber(r, PidTag.RecipientType) ?? RecipientType.to) & 0xf) === type);
}

/** True when the item carries attachments a person sees: not only hidden ones or the bodies of calendar exceptions. */
export function hasVisibleAttachments(message: MapiMessage): boolean {
  return message.attachments.some((a) => {
    const hidden = a.properties.find((p) => p.id === PidTag.AttachmentHidden.id && !p.name);
    return hidden?.value !== true;
  });
}

/** Bytes of all values of an item, its recipients and attachments with the messages in them. */
export function messageSize(message: MapiMessage): number {
  const bag = (b: PropertyBag) => b.properties.reduce((sum, p) => sum + 8 + valueSize(p.value), 0);
  let size = bag(message);
  for (const recipient of message.recipients) size += bag(recipient);
  for (const attachment of message.attachments) {
    size += bag(attachment) + (attachment.embedded ? messageSize(attachment.embedded) : 0);
  }
  return size;
}
