import { getNumber, getTime } from '../../../core/domain/mapi/bag.ts';
import { PidLid } from '../../../core/domain/mapi/names.ts';
import type { FolderRecord } from '../../model.ts';
import type { Call } from '../context.ts';
import { EwsError } from '../errors.ts';
import { occurrenceView } from '../items/occurrence-view.ts';
import { occurrences, seriesOf } from '../items/series.ts';
import { ItemView } from '../items/view.ts';
import type { PageAttributes } from '../paging.ts';
import { Breath } from '../respond.ts';
import { parseDateTime } from '../xml/dates.ts';
import type { XmlNode } from '../xml/node.ts';

const BATCH = 200;
/** Exchange refuses views of more than two years. */
const WIDEST = 2 * 366 * 86_400_000;

const LOOK_AHEAD = 400 * 86_400_000;

interface Placed {
  start: number;
  view: ItemView;
}

/** Items and occurrences that touch a span of time, by their start ([MS-OXWSCDATA] 2.2.4.17, CalendarView). */
export async function calendarView(
  call: Call,
  folder: FolderRecord,
  node: XmlNode,
): Promise<{ rows: ItemView[]; page: PageAttributes }> {
  const from = parseDateTime(node.attributes.StartDate);
  const to = parseDateTime(node.attributes.EndDate);
  if (to < from)
    throw new EwsError('ErrorCalendarEndDateIsEarlierThanStartDate', 'The end date is earlier than the start date.');
  if (to - from > WIDEST) throw new EwsError('ErrorCalendarViewRangeTooBig', 'The calendar view is too wide.');
  const most = Number(node.attributes.MaxEntriesReturned ?? Number.POSITIVE_INFINITY);
  const breath = new Breath();
  const found: Placed[] = [];
  for (let offset = 0; ; offset += BATCH) {
    const { items } = call.store.items({ folderId: folder.id, offset, limit: BATCH });
    for (const item of items) {
      if (/^ipm\.appointment(\.|$)/i.test(item.itemClass)) found.push(...placesOf(new ItemView(call, item), from, to));
      await breath.take();
    }
    if (items.length < BATCH) break;
  }
  found.sort((a, b) => a.start - b.start);
  const rows = found.slice(0, most).map((p) => p.view);
  return { rows, page: { TotalItemsInView: found.length, IncludesLastItemInRange: rows.length === found.length } };
}

function placesOf(view: ItemView, from: number, to: number): Placed[] {
  const series = seriesOf(view.message);
  if (!series) {
    const start = getTime(view.message, PidLid.AppointmentStartWhole);
    if (start === undefined) return [];
    const minutes = getNumber(view.message, PidLid.AppointmentDuration) ?? 0;
    const end = getTime(view.message, PidLid.AppointmentEndWhole) ?? start + minutes * 60_000;
    return touches(start, end, from, to) ? [{ start, view: new ItemView(view.call, view.record) }] : [];
  }
  const places: Placed[] = [];
  for (const occurrence of occurrences(series)) {
    if (touches(occurrence.start, occurrence.end, from, to)) {
      places.push({ start: occurrence.start, view: occurrenceView(view.call, view.record, series, occurrence) });
    }
    // An exception may stand earlier than its own day, but not before the occurrence it follows.
    if (!occurrence.exception && occurrence.start > to + LOOK_AHEAD) break;
  }
  return places;
}

function touches(start: number, end: number, from: number, to: number): boolean {
  return start < to && (end > from || (start === end && start >= from));
}
