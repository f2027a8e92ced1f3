import { setProp, setTime } from '../../core/domain/mapi/bag.ts';
import { MessageFlag, newMessage } from '../../core/domain/mapi/message.ts';
import type { MapiMessage } from '../../core/domain/mapi/model.ts';
import { PidLid, PidName } from '../../core/domain/mapi/names.ts';
import { lastOccurrenceDay } from '../../core/domain/mapi/occurrences.ts';
import { type Recurrence, writeRecurrence } from '../../core/domain/mapi/recurrence.ts';
import { PidTag } from '../../core/domain/mapi/tags.ts';
import { setSubject } from './subject.ts';

/** PidLidTaskStatus ([MS-OXOTASK] 2.2.2.2.2). */
export const TaskStatus = { notStarted: 0, inProgress: 1, complete: 2, waiting: 3, deferred: 4 } as const;

export interface TaskSpec {
  subject: string;
  body?: string;
  /** Midnights, as if UTC: tasks have days, not times. */
  start?: number;
  due?: number;
  completed?: number;
  status: number;
  /** 0 to 1 */
  percent: number;
  owner: string;
  importance?: number;
  categories?: string[];
  /** ms since the epoch */
  reminder?: number;
  recurrence?: Recurrence;
  created: number;
}

/** A task ([MS-OXOTASK] 2.2.2). */
export function taskMessage(spec: TaskSpec): MapiMessage {
  const message = newMessage('IPM.Task');
  setSubject(message, spec.subject);
  if (spec.body !== undefined) setProp(message, PidTag.Body, spec.body);
  setProp(message, PidLid.TaskStatus, spec.status);
  setProp(message, PidLid.PercentComplete, spec.percent);
  setProp(message, PidLid.TaskComplete, spec.status === TaskStatus.complete);
  setTime(message, PidLid.TaskStartDate, spec.start);
  setTime(message, PidLid.TaskDueDate, spec.due);
  setTime(message, PidLid.CommonStart, spec.start);
  setTime(message, PidLid.CommonEnd, spec.due);
  setTime(message, PidLid.TaskDateCompleted, spec.completed);
  setProp(message, PidLid.TaskOwner, spec.owner);
  setProp(message, PidLid.TaskVersion, 1);
  setProp(message, PidLid.TaskState, 1);
  setProp(message, PidLid.TaskOwnership, 0);
  setProp(message, PidLid.TaskAcceptanceState, 0);
  setProp(message, PidLid.TeamTask, false);
  setProp(message, PidLid.TaskFFixOffline, true);
  setProp(message, PidLid.TaskOrdinal, 0x7fffffff);
  setProp(message, PidLid.TaskActualEffort, 0);
  setProp(message, PidLid.TaskEstimatedEffort, 0);
  setProp(message, PidLid.ReminderSet, spec.reminder !== undefined);
  setTime(message, PidLid.ReminderTime, spec.reminder);
  setTime(message, PidLid.ReminderSignalTime, spec.reminder);
  setProp(message, PidTag.Importance, spec.importance ?? 1);
  setProp(message, PidTag.MessageFlags, MessageFlag.read);
  setProp(message, PidTag.IconIndex, spec.recurrence ? 0x501 : 0x500);
  if (spec.categories?.length) setProp(message, PidName.Keywords, spec.categories);
  setTime(message, PidTag.CreationTime, spec.created);
  setTime(message, PidTag.LastModificationTime, spec.created);
  setProp(message, PidLid.TaskFRecurring, spec.recurrence !== undefined);
  if (spec.recurrence) {
    setProp(message, PidLid.TaskRecurrence, writeRecurrence(spec.recurrence, lastOccurrenceDay(spec.recurrence)));
  }
  return message;
}
