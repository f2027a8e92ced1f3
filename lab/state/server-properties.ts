import { createHash } from 'node:crypto';
import { getNumber, getText, getTime, hasProp, removeProp, setProp, setTime } from '../../core/domain/mapi/bag.ts';
import {
  hasVisibleAttachments,
  MessageFlag,
  messageSize,
  RecipientType,
  recipientsOf,
} from '../../core/domain/mapi/message.ts';
import type { MapiMessage, Property } from '../../core/domain/mapi/model.ts';
import { PidTag } from '../../core/domain/mapi/tags.ts';

export interface Stamp {
  /** Number of the change, for change keys. */
  seq: number;
  /** ms since the epoch. */
  now: number;
  /** Names the store in keys. */
  store: string;
  /** Search key of an item that has none yet; otherwise one is made. */
  searchKey?: Uint8Array;
}

/**
 * Sets what the store itself says of an item, on arrival and with every change, as Exchange does: keys, times of change,
 * sizes, texts worked out from recipients. The item keeps everything else as it came.
 */
export function stampMessage(message: MapiMessage, stamp: Stamp): void {
  const key = storeKey(stamp);
  if (!hasProp(message, PidTag.SearchKey)) setProp(message, PidTag.SearchKey, stamp.searchKey ?? key.subarray(0, 16));
  if (getTime(message, PidTag.CreationTime) === undefined) setTime(message, PidTag.CreationTime, stamp.now);
  setTime(message, PidTag.LastModificationTime, stamp.now);
  setTime(message, PidTag.LocalCommitTime, stamp.now);
  const change = Buffer.concat([key.subarray(16, 32), seqBytes(stamp.seq)]);
  setProp(message, PidTag.SourceKey, change);
  setProp(message, PidTag.ChangeKey, change);
  setProp(message, PidTag.PredecessorChangeList, Buffer.concat([Uint8Array.of(change.length), change]));
  const flags = getNumber(message, PidTag.MessageFlags) ?? 0;
  const visible = hasVisibleAttachments(message);
  setProp(message, PidTag.HasAttachments, visible);
  setFlags(message, visible ? flags | MessageFlag.hasAttach : flags & ~MessageFlag.hasAttach);
  setDisplay(message);
  numberAttachments(message);
  message.recipients.forEach((recipient, index) => {
    setProp(recipient, PidTag.RowId, index);
  });
  setProp(message, PidTag.MessageSize, Math.min(messageSize(message), 0x7fffffff));
}

/** Numbers stay with their attachments while others come and go: ids of attachments are made of them. */
function numberAttachments(message: MapiMessage): void {
  const taken = new Set<number>();
  const numbers = message.attachments.map((a) => getNumber(a, PidTag.AttachNumber));
  let next = numbers.reduce<number>((most, n) => Math.max(most, n ?? -1), -1) + 1;
  message.attachments.forEach((attachment, index) => {
    const kept = numbers[index];
    const number = kept === undefined || taken.has(kept) ? next++ : kept;
    taken.add(number);
    setProp(attachment, PidTag.AttachNumber, number);
  });
}

/** Flags stand first in the stream: setting an item read then writes four bytes, not 150 MB. */
function setFlags(message: MapiMessage, flags: number): void {
  removeProp(message, PidTag.MessageFlags);
  const property: Property = { id: PidTag.MessageFlags.id, type: PidTag.MessageFlags.type, value: flags };
  message.properties.unshift(property);
}

/** Where the value of the first property stands in the export stream: after the preamble, a frame's head and its tag. */
export const FLAGS_AT = 62 + 8 + 4;

function setDisplay(message: MapiMessage): void {
  for (const [type, ref] of [
    [RecipientType.to, PidTag.DisplayTo],
    [RecipientType.cc, PidTag.DisplayCc],
    [RecipientType.bcc, PidTag.DisplayBcc],
  ] as const) {
    const names = recipientsOf(message, type).map((r) => getText(r, PidTag.DisplayName) ?? '');
    setProp(message, ref, names.join('; '));
  }
}

function storeKey(stamp: Stamp): Buffer {
  return createHash('sha256').update(`${stamp.store}\0${stamp.seq}`).digest();
}

function seqBytes(seq: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(seq));
  return bytes.subarray(2);
}
