import ICAL from 'ical.js';
import type { MapiMessage } from '../../core/domain/mapi/model.ts';
import { midnight } from '../../core/domain/mapi/recurrence.ts';
import { patternOf } from './ical-rule.ts';
import { textOf, valueOfProperty, valuesOfProperty, wholeNumber } from './ical-text.ts';
import { type CalendarZones, toUtc } from './ical-zones.ts';
import { type TaskSpec, TaskStatus, taskMessage } from './tasks.ts';

const STATUS: Record<string, number> = {
  'NEEDS-ACTION': TaskStatus.notStarted,
  'IN-PROCESS': TaskStatus.inProgress,
  COMPLETED: TaskStatus.complete,
  CANCELLED: TaskStatus.deferred,
};

/** A VTODO as a task. */
export function todoMessage(todo: ICAL.Component, zones: CalendarZones): MapiMessage {
  const time = (name: string) => zones.read(todo.getFirstProperty(name));
  const start = time('dtstart');
  const due = time('due');
  const completed = time('completed');
  const created = time('created') ?? time('dtstamp') ?? start ?? due;
  const status = completed
    ? TaskStatus.complete
    : (STATUS[textOf(todo, 'status').toUpperCase()] ?? TaskStatus.notStarted);
  const spec: TaskSpec = {
    subject: textOf(todo, 'summary'),
    status,
    percent: status === TaskStatus.complete ? 1 : Math.min(100, wholeNumber(textOf(todo, 'percent-complete'))) / 100,
    owner: textOf(todo, 'organizer').replace(/^mailto:/i, ''),
    created: created ? toUtc(created) : 0,
    categories: todo.getAllProperties('categories').flatMap((p) => valuesOfProperty(p).map(String)),
  };
  const body = textOf(todo, 'description');
  if (body) spec.body = body.replace(/\r?\n/g, '\r\n');
  if (start) spec.start = midnight(start.local);
  if (due) spec.due = midnight(due.local);
  if (completed) spec.completed = midnight(completed.local);
  const rule = valueOfProperty(todo.getFirstProperty('rrule'));
  const from = start ?? due;
  if (rule instanceof ICAL.Recur && from) {
    const pattern = patternOf(rule, from.local, from.zone);
    if (pattern) spec.recurrence = { ...pattern, deleted: [] };
  }
  return taskMessage(spec);
}
