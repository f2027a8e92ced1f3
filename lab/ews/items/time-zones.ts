import { removeProp, setProp } from '../../../core/domain/mapi/bag.ts';
import { PidLid } from '../../../core/domain/mapi/names.ts';
import type { PropRef } from '../../../core/domain/mapi/ref.ts';
import { readTimeZoneDefinition, writeTimeZoneDefinition } from '../../../core/domain/mapi/time-zone.ts';
import { zoneByName } from '../../convert/zones.ts';
import { EwsError } from '../errors.ts';
import { el } from '../xml/write.ts';
import type { Draft, Field } from './field.ts';
import type { ItemView } from './view.ts';

const START = PidLid.AppointmentTimeZoneDefinitionStartDisplay;
const END = PidLid.AppointmentTimeZoneDefinitionEndDisplay;

/** The Windows id of an item's time zone. */
export function timeZoneIdOf(view: ItemView, which: 'start' | 'end'): string | undefined {
  for (const ref of [which === 'start' ? START : END, PidLid.AppointmentTimeZoneDefinitionRecur]) {
    const blob = view.bytes(ref);
    const zone = blob && readTimeZoneDefinition(blob);
    if (zone && zone.keyName !== '') return zone.keyName;
  }
  return undefined;
}

function zoneField(name: string, which: 'start' | 'end', ref: PropRef): Field {
  return {
    name,
    uri: `calendar:${name}`,
    read: (view) => {
      const id = timeZoneIdOf(view, which);
      return id === undefined ? '' : el(`t:${name}`, '', { Id: id, Name: id });
    },
    set: (draft, node) => setZone(draft, ref, node.attributes.Id ?? ''),
    remove: (draft) => removeProp(draft.message, ref),
  };
}

function setZone(draft: Draft, ref: PropRef, id: string): void {
  const zone = zoneByName(id);
  if (!zone) throw new EwsError('ErrorCalendarInvalidTimeZone', 'The time zone is not known.');
  setProp(draft.message, ref, writeTimeZoneDefinition(zone, false));
  setProp(draft.message, PidLid.TimeZoneDescription, zone.keyName);
}

export const startTimeZone: Field = zoneField('StartTimeZone', 'start', START);
export const endTimeZone: Field = zoneField('EndTimeZone', 'end', END);
