import { getNumber, setProp, setTime } from '../../core/domain/mapi/bag.ts';
import { MessageFlag, RecipientType } from '../../core/domain/mapi/message.ts';
import type { MapiMessage } from '../../core/domain/mapi/model.ts';
import { PidTag } from '../../core/domain/mapi/tags.ts';
import type { Call } from './context.ts';
import { recipientAddress, typeOf } from './items/addresses.ts';

/** Puts a sent message into the inboxes of its recipients in this organisation; others are not reached from the lab. */
export function deliver(call: Call, message: MapiMessage): void {
  for (const address of localRecipients(call, message)) {
    const mailbox = call.store.mailbox(address);
    const inbox = mailbox && call.store.distinguished(mailbox.id, 'inbox');
    if (!inbox) continue;
    const copy: MapiMessage = {
      ...message,
      properties: message.properties.map((p) => ({ ...p })),
      recipients: message.recipients.filter((r) => typeOf(r) !== RecipientType.bcc),
    };
    const flags = getNumber(copy, PidTag.MessageFlags) ?? 0;
    setProp(
      copy,
      PidTag.MessageFlags,
      flags & ~(MessageFlag.read | MessageFlag.unsent | MessageFlag.submitted | MessageFlag.fromMe),
    );
    setTime(copy, PidTag.MessageDeliveryTime, call.options.now());
    call.store.createItem(inbox.id, copy);
  }
}

function localRecipients(call: Call, message: MapiMessage): Set<string> {
  const found = new Set<string>();
  const add = (address: string, depth: number) => {
    const entry = call.directory.entry(address);
    if (!entry || depth > 8) return;
    if (entry.kind !== 'group') found.add(entry.address);
    else for (const member of call.directory.members(entry.address) ?? []) add(member.address, depth + 1);
  };
  for (const row of message.recipients) {
    const { smtp, address } = recipientAddress(row);
    add(smtp ?? address, 0);
  }
  return found;
}
