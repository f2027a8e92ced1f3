import type { BatchOptions } from '../../domain/batch-options.ts';
import type { Capabilities, ContentForm } from '../../exchange/mail-store.ts';

/** Item classes that travel as MIME without losing their kind ([MS-OXCMAIL]); everything else goes typed. */
const MIME_CLASSES = ['ipm.note', 'ipm.post'];
/** Below IPM.Note, but no mail that MIME can carry. */
const NOT_MIME = ['ipm.note.rules', 'ipm.note.storage'];

export interface Choice {
  form: ContentForm;
  why: string;
}

/**
 * The forms in which an item may travel, best first, by what both sides can do and what the batch wants. Empty: it
 * cannot travel between these two at all.
 */
export function formsFor(
  itemClass: string,
  associated: boolean,
  options: Pick<BatchOptions, 'transport'>,
  source: Capabilities,
  target: Capabilities,
): Choice[] {
  const wanted = options.transport;
  const choices: Choice[] = [];
  if (wanted === 'auto' || wanted === 'stream') {
    if (source.fullStream !== false && target.fullStream !== false)
      choices.push({ form: 'stream', why: 'both servers carry whole items' });
  }
  if (associated || wanted === 'stream') return choices;
  const why = wanted === 'auto' ? whyNoStream(source, target) : 'the batch asks for it';
  const lower = itemClass.toLowerCase();
  const isIn = (list: string[]): boolean => list.some((c) => lower === c || lower.startsWith(`${c}.`));
  if (wanted !== 'typed' && isIn(MIME_CLASSES) && !isIn(NOT_MIME) && target.mime !== false)
    choices.push({ form: 'mime', why });
  if (target.typed !== false) choices.push({ form: 'typed', why: isIn(MIME_CLASSES) ? why : `${why}; no mail class` });
  return choices;
}

function whyNoStream(source: Capabilities, target: Capabilities): string {
  if (source.fullStream === false) return `the source does not export whole items (${source.reasons.join('; ')})`;
  if (target.fullStream === false) return `the target does not take whole items (${target.reasons.join('; ')})`;
  return 'a server refused this item as a whole';
}

/** The EWS element of an item class, by which typed items are read and written. */
export function elementOf(itemClass: string): string {
  const lower = itemClass.toLowerCase();
  const is = (c: string): boolean => lower === c || lower.startsWith(`${c}.`);
  if (is('ipm.appointment')) return 'CalendarItem';
  if (is('ipm.contact')) return 'Contact';
  if (is('ipm.distlist')) return 'DistributionList';
  if (is('ipm.task')) return 'Task';
  if (is('ipm.post')) return 'PostItem';
  if (is('ipm.schedule.meeting.request')) return 'MeetingRequest';
  if (is('ipm.schedule.meeting.resp')) return 'MeetingResponse';
  if (is('ipm.schedule.meeting.canceled')) return 'MeetingCancellation';
  if (is('ipm.note') || is('ipm.stickynote') || lower.startsWith('report.')) return 'Message';
  return 'Item';
}
