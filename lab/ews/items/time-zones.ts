import { removeProp, setProp } from '../../../core/domain/mapi/bag.ts';
import { PidLid } from '../../../core/domain/mapi/names.ts';
import type { PropRef } from '../../../core/domain/mapi/ref.ts';
import { el } from '../xml/write.ts';
import type { Draft, Field } from './field.ts';
import type { ItemView } from './view.ts';

/** The key name of a PidLidAppointmentTimeZoneDefinition… blob ([MS-OXOCAL] 2.2.1.41). */
function keyName(blob: Uint8Array | undefined): string | undefined {
  if (!blob || blob.length < 8) return undefined;
  const bytes = Buffer.from(blob);
  const length = bytes.readUInt16LE(6) * 2;
  return bytes.subarray(8, 8 + length).toString('utf16le') || undefined;
}

/** The Windows id of an item's time zone. */
export function timeZoneIdOf(view: ItemView, which: 'start' | 'end'): string | undefined {
  const first =
    which === 'start'
      ? PidLid.AppointmentTimeZoneDefinitionStartDisplay
      : PidLid.AppointmentTimeZoneDefinitionEndDisplay;
  return keyName(view.bytes(first)) ?? keyName(view.bytes(PidLid.AppointmentTimeZoneDefinitionRecur));
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
  const key = Buffer.from(id, 'utf16le');
  const head = Buffer.alloc(8);
  head.set([2, 1], 0);
  head.writeUInt16LE(6 + key.length, 2);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(id.length, 6);
  setProp(draft.message, ref, Uint8Array.from(Buffer.concat([head, key, Buffer.from([0, 0])])));
  setProp(draft.message, PidLid.TimeZoneDescription, id);
}

export const startTimeZone: Field = zoneField(
  'StartTimeZone',
  'start',
  PidLid.AppointmentTimeZoneDefinitionStartDisplay,
);
export const endTimeZone: Field = zoneField('EndTimeZone', 'end', PidLid.AppointmentTimeZoneDefinitionEndDisplay);
