import { setProp, setTime } from '../../core/domain/mapi/bag.ts';
import { encodeExportStream } from '../../core/domain/mapi/encode.ts';
import { MessageFlag, newBag, newMessage, RecipientType } from '../../core/domain/mapi/message.ts';
import type { MapiMessage } from '../../core/domain/mapi/model.ts';
import { PidTag } from '../../core/domain/mapi/tags.ts';
import type { ItemInfo, ItemToWrite, MailStore } from '../../core/exchange/mail-store.ts';

/** Puts messages into a folder; their infos come back. @throws what the first refused one was refused with */
export async function putMessages(
  box: MailStore,
  folderId: string,
  messages: MapiMessage[],
  associated = false,
): Promise<ItemInfo[]> {
  if (messages.length === 0) return [];
  const results = await box.write(messages.map((message) => whole(folderId, message, associated)));
  const ids = results.map((r) => {
    if (!r.ok) throw r.error;
    return r.value.id;
  });
  return (await box.describe(ids)).map((r) => {
    if (!r.ok) throw r.error;
    return r.value;
  });
}

/** Writes a message in the place of another item, which keeps its id. @throws what the server refused it with */
export async function replaceMessage(
  box: MailStore,
  { id, folderId }: { id: string; folderId: string },
  message: MapiMessage,
  associated = false,
): Promise<void> {
  const [answer] = await box.write([{ ...whole(folderId, message, associated), replaceId: id }]);
  if (!answer?.ok) throw answer?.error ?? new Error('nothing was answered');
}

function whole(folderId: string, message: MapiMessage, associated: boolean): ItemToWrite {
  const bytes = encodeExportStream(message);
  return { folderId, associated, itemClass: '', content: { form: 'stream', parts: [bytes], size: bytes.length } };
}

let counter = 0;

/** A plain message; every one has a search key and a message id of its own. */
export function mail(
  subject: string,
  size = 400,
  change: (message: MapiMessage) => void = () => undefined,
): MapiMessage {
  const message = newMessage('IPM.Note');
  counter++;
  const key = Buffer.alloc(16);
  key.writeUInt32LE(counter, 0);
  key.write('transplant', 4);
  setProp(message, PidTag.SearchKey, new Uint8Array(key));
  setProp(message, PidTag.InternetMessageId, `<${counter}@tests.test>`);
  setProp(message, PidTag.Subject, subject);
  setProp(message, PidTag.Body, `${subject} ${'x'.repeat(size)}`);
  setProp(message, PidTag.MessageFlags, MessageFlag.read);
  const at = 1_700_000_000_000 + counter * 60_000;
  setTime(message, PidTag.MessageDeliveryTime, at);
  setTime(message, PidTag.ClientSubmitTime, at - 5_000);
  setTime(message, PidTag.CreationTime, at);
  const to = newBag();
  setProp(to, PidTag.RecipientType, RecipientType.to);
  setProp(to, PidTag.DisplayName, 'Anna');
  setProp(to, PidTag.EmailAddress, 'anna@source.test');
  setProp(to, PidTag.AddressType, 'SMTP');
  message.recipients.push(to);
  change(message);
  return message;
}
