import { setProp, setTime } from '../../core/domain/mapi/bag.ts';
import { SENDER, SENT_REPRESENTING } from '../../core/domain/mapi/correspondents.ts';
import { MessageFlag, newMessage } from '../../core/domain/mapi/message.ts';
import type { MapiMessage } from '../../core/domain/mapi/model.ts';
import { PidLid, PidName } from '../../core/domain/mapi/names.ts';
import { PidTag } from '../../core/domain/mapi/tags.ts';
import { type MailAddress, setCorrespondent } from './addresses.ts';
import { setConversationIndex, setSubject } from './subject.ts';

/** PidLidNoteColor ([MS-OXONOTE] 2.2.1.1). */
export const NoteColor = { blue: 0, green: 1, pink: 2, yellow: 3, white: 4 } as const;

/** A sticky note ([MS-OXONOTE]). Its subject is the first line. */
export function noteMessage(spec: {
  text: string;
  color: number;
  created: number;
  categories?: string[];
}): MapiMessage {
  const message = newMessage('IPM.StickyNote');
  setSubject(message, (spec.text.split(/\r?\n/)[0] ?? '').slice(0, 255));
  setProp(message, PidTag.Body, spec.text);
  setProp(message, PidLid.NoteColor, spec.color);
  setProp(message, PidLid.NoteWidth, 200);
  setProp(message, PidLid.NoteHeight, 166);
  setProp(message, PidLid.NoteX, 80 + (spec.created % 400));
  setProp(message, PidLid.NoteY, 80);
  if (spec.categories?.length) setProp(message, PidName.Keywords, spec.categories);
  setProp(message, PidTag.IconIndex, 0x300 + spec.color);
  return finished(message, spec.created);
}

/** A post in a folder ([MS-OXOPOST]). */
export function postMessage(spec: {
  subject: string;
  text: string;
  html?: string;
  from: MailAddress;
  posted: number;
}): MapiMessage {
  const message = newMessage('IPM.Post');
  setSubject(message, spec.subject);
  setProp(message, PidTag.Body, spec.text);
  if (spec.html !== undefined) setProp(message, PidTag.Html, new TextEncoder().encode(spec.html));
  setProp(message, PidTag.InternetCodepage, 65001);
  setCorrespondent(message, SENT_REPRESENTING, spec.from);
  setCorrespondent(message, SENDER, spec.from);
  setTime(message, PidTag.ClientSubmitTime, spec.posted);
  setTime(message, PidTag.MessageDeliveryTime, spec.posted);
  setConversationIndex(message, spec.subject, spec.posted, 0);
  setProp(message, PidTag.IconIndex, 1);
  return finished(message, spec.posted);
}

/** A journal entry ([MS-OXOJRNL]): a telephone call. */
export function journalMessage(spec: { subject: string; text: string; start: number; minutes: number }): MapiMessage {
  const message = newMessage('IPM.Activity');
  setSubject(message, spec.subject);
  setProp(message, PidTag.Body, spec.text);
  setProp(message, PidLid.LogType, 'Phone call');
  setTime(message, PidLid.LogStart, spec.start);
  setTime(message, PidLid.LogEnd, spec.start + spec.minutes * 60_000);
  setProp(message, PidLid.LogDuration, spec.minutes);
  setTime(message, PidLid.CommonStart, spec.start);
  setTime(message, PidLid.CommonEnd, spec.start + spec.minutes * 60_000);
  setProp(message, PidTag.IconIndex, 0x60a);
  return finished(message, spec.start);
}

/**
 * A folder-associated configuration item ([MS-OXOCFG] 2.2.2): its name is the class after `IPM.Configuration.`, its
 * content a dictionary, XML or bytes. Store it with `associated`.
 */
export function configurationMessage(spec: {
  name: string;
  xml?: string;
  dictionary?: Record<string, string>;
  binary?: Uint8Array;
  created: number;
}): MapiMessage {
  const message = newMessage(`IPM.Configuration.${spec.name}`);
  setSubject(message, `IPM.Configuration.${spec.name}`);
  let types = 0;
  if (spec.dictionary) {
    types |= 4;
    setProp(message, PidTag.RoamingDictionary, new TextEncoder().encode(dictionaryXml(spec.dictionary)));
  }
  if (spec.xml !== undefined) {
    types |= 2;
    setProp(message, PidTag.RoamingXmlStream, new TextEncoder().encode(spec.xml));
  }
  if (spec.binary) {
    types |= 1;
    setProp(message, PidTag.RoamingBinary, spec.binary);
  }
  setProp(message, PidTag.RoamingDatatypes, types);
  return finished(message, spec.created);
}

/** The XML of a dictionary stream ([MS-OXOCFG] 2.2.5.1): every entry as a string, `9-` before it. */
function dictionaryXml(entries: Record<string, string>): string {
  const rows = Object.entries(entries).map(([key, value]) => `<e k="9-${escapeXml(key)}" v="9-${escapeXml(value)}"/>`);
  return `<?xml version="1.0" encoding="utf-8"?><UserConfiguration><Info version="Outlook.16"/><Data>${rows.join('')}</Data></UserConfiguration>`;
}

export function escapeXml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };
  return text.replace(/[&<>"']/g, (sign) => entities[sign] ?? sign);
}

function finished(message: MapiMessage, created: number): MapiMessage {
  setProp(message, PidTag.MessageFlags, MessageFlag.read);
  setProp(message, PidTag.Importance, 1);
  setTime(message, PidTag.CreationTime, created);
  setTime(message, PidTag.LastModificationTime, created);
  return message;
}
