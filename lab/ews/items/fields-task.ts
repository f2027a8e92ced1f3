import { setProp, setTime } from '../../../core/domain/mapi/bag.ts';
import { PidLid } from '../../../core/domain/mapi/names.ts';
import { dateTime, parseDateTime } from '../xml/dates.ts';
import { tx } from '../xml/write.ts';
import {
  choice,
  computed,
  type Draft,
  type Field,
  integer,
  readOnlyBoolean,
  readOnlyNumber,
  readOnlyText,
  readOnlyTime,
  strings,
  text,
  wrongValue,
} from './field.ts';
import { taskRecurrence } from './recurrence.ts';
import type { ItemView } from './view.ts';

const STATUS = { NotStarted: 0, InProgress: 1, Completed: 2, WaitingOnOthers: 3, Deferred: 4 };

function setDone(draft: Draft, done: boolean, status: number): void {
  setProp(draft.message, PidLid.TaskComplete, done);
  setProp(draft.message, PidLid.TaskStatus, status);
}

const status: Field = {
  ...choice('task:Status', PidLid.TaskStatus, STATUS, 'NotStarted'),
  set: (draft, node) => {
    const value = (STATUS as Record<string, number>)[node.text.trim()];
    if (value === undefined) throw wrongValue('task:Status');
    setDone(draft, value === STATUS.Completed, value);
    if (value === STATUS.Completed) {
      setProp(draft.message, PidLid.PercentComplete, 1);
      setTime(draft.message, PidLid.TaskDateCompleted, draft.call.options.now());
    }
  },
};

/** Kept as a fraction, shown in percent ([MS-OXOTASK] 2.2.2.2.3). */
const percent: Field = {
  ...readOnlyNumber(
    'task:PercentComplete',
    (view) => Math.round((view.number(PidLid.PercentComplete) ?? 0) * 10_000) / 100,
  ),
  set: (draft, node) => {
    const value = Number(node.text);
    if (!(value >= 0 && value <= 100)) throw wrongValue('task:PercentComplete');
    setProp(draft.message, PidLid.PercentComplete, value / 100);
    setDone(draft, value === 100, value === 100 ? STATUS.Completed : value > 0 ? STATUS.InProgress : STATUS.NotStarted);
  },
};

const completed: Field = {
  ...readOnlyTime('task:CompleteDate', (view) => view.time(PidLid.TaskDateCompleted)),
  set: (draft, node) => {
    setTime(draft.message, PidLid.TaskDateCompleted, parseDateTime(node.text));
    setProp(draft.message, PidLid.PercentComplete, 1);
    setDone(draft, true, STATUS.Completed);
  },
};

/** Start and due date are days: midnight in UTC for the store's calendar day. */
function day(uri: string, ref: typeof PidLid.TaskDueDate): Field {
  const name = uri.slice(uri.indexOf(':') + 1);
  const get = (view: ItemView) => view.time(ref);
  return {
    name,
    uri,
    read: (view) => {
      const value = get(view);
      return value === undefined ? '' : tx(`t:${name}`, dateTime(value));
    },
    compare: (view) => {
      const value = get(view);
      return value === undefined ? undefined : { kind: 'time', value };
    },
    set: (draft, node) => {
      const ms = parseDateTime(node.text);
      setTime(draft.message, ref, ms - (ms % 86_400_000));
    },
    remove: (draft) => setTime(draft.message, ref, undefined),
  };
}

const DELEGATION: Record<number, string> = { 0: 'NoMatch', 1: 'OwnNew', 2: 'Accepted', 3: 'Declined' };

/** What TaskType adds to ItemType, in the order of the schema. */
export const TASK_FIELDS: readonly Field[] = [
  integer('task:ActualWork', PidLid.TaskActualEffort),
  readOnlyTime('task:AssignedTime', (view) => view.time(PidLid.TaskLastUpdate)),
  text('task:BillingInformation', PidLid.Billing),
  readOnlyNumber('task:ChangeCount', (view) => view.number(PidLid.TaskVersion) ?? 0),
  strings('task:Companies', PidLid.Companies),
  completed,
  strings('task:Contacts', PidLid.Contacts),
  computed('task:DelegationState', (view) =>
    tx('t:DelegationState', DELEGATION[view.number(PidLid.TaskAcceptanceState) ?? 0] ?? 'NoMatch'),
  ),
  readOnlyText('task:Delegator', PidLid.TaskAssigner),
  day('task:DueDate', PidLid.TaskDueDate),
  readOnlyNumber('task:IsAssignmentEditable', () => 0),
  readOnlyBoolean('task:IsComplete', (view) => view.boolean(PidLid.TaskComplete) ?? false),
  readOnlyBoolean('task:IsRecurring', (view) => view.boolean(PidLid.TaskFRecurring) ?? false),
  readOnlyBoolean('task:IsTeamTask', (view) => view.boolean(PidLid.TeamTask) ?? false),
  text('task:Mileage', PidLid.Mileage),
  text('task:Owner', PidLid.TaskOwner),
  percent,
  taskRecurrence,
  day('task:StartDate', PidLid.TaskStartDate),
  status,
  computed('task:StatusDescription', (view) =>
    tx('t:StatusDescription', Object.keys(STATUS)[view.number(PidLid.TaskStatus) ?? 0]),
  ),
  integer('task:TotalWork', PidLid.TaskEstimatedEffort),
];
