import type { Field } from './field.ts';

export const recurrence: Field = { name: 'Recurrence', uri: 'calendar:Recurrence', detail: true };
export const firstOccurrence: Field = { name: 'FirstOccurrence', uri: 'calendar:FirstOccurrence', detail: true };
export const lastOccurrence: Field = { name: 'LastOccurrence', uri: 'calendar:LastOccurrence', detail: true };
export const modifiedOccurrences: Field = {
  name: 'ModifiedOccurrences',
  uri: 'calendar:ModifiedOccurrences',
  detail: true,
};
export const deletedOccurrences: Field = {
  name: 'DeletedOccurrences',
  uri: 'calendar:DeletedOccurrences',
  detail: true,
};
export const taskRecurrence: Field = { name: 'Recurrence', uri: 'task:Recurrence', detail: true };
