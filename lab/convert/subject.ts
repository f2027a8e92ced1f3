import { createHash } from 'node:crypto';
import { setProp } from '../../core/domain/mapi/bag.ts';
import type { MapiMessage } from '../../core/domain/mapi/model.ts';
import { PidTag } from '../../core/domain/mapi/tags.ts';

/** Sets the subject with its prefix and normal form ([MS-OXCMSG] 2.2.1.9, 2.2.1.10): up to three letters and ": ". */
export function setSubject(message: MapiMessage, subject: string): void {
  const prefix = /^\p{L}{1,3}: /u.exec(subject)?.[0] ?? '';
  setProp(message, PidTag.Subject, subject);
  setProp(message, PidTag.SubjectPrefix, prefix);
  setProp(message, PidTag.NormalizedSubject, subject.slice(prefix.length));
  setProp(message, PidTag.ConversationTopic, subject.slice(prefix.length));
}

/**
 * Conversation index of a message ([MS-OXOMSG] 2.2.1.3): 22 bytes for the first of a thread, 5 more for each answer.
 * The thread's GUID is made from what names it, so that the same thread has the same one everywhere.
 */
export function setConversationIndex(message: MapiMessage, thread: string, sent: number, answers: number): void {
  const head = Buffer.alloc(22);
  head[0] = 1;
  head.writeUIntBE(Math.floor(Math.max(sent, 0) / 1000) % 2 ** 40, 1, 5);
  createHash('sha256').update(thread).digest().copy(head, 6, 0, 16);
  const more = Buffer.alloc(5 * answers);
  for (let i = 0; i < answers; i++) more.writeUInt32BE((i + 1) * 4096, i * 5);
  setProp(message, PidTag.ConversationIndex, Uint8Array.from(Buffer.concat([head, more])));
}
