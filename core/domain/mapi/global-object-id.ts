/** PidLidGlobalObjectId and PidLidCleanGlobalObjectId ([MS-OXOCAL] 2.2.1.27): an appointment's identity everywhere. */

const CLASS_ID = Buffer.from('040000008200e00074c5b7101a82e008', 'hex');
const OUTSIDE = Buffer.from('vCal-Uid\x01\0\0\0', 'latin1');

/**
 * The id of an appointment by its iCalendar UID: a UID that is such an id in hex is itself; any other is wrapped. With
 * `exception` (wall-clock ms) the id is that of one occurrence.
 */
export function globalObjectId(uid: string, exception?: number): Uint8Array {
  const own = /^[0-9a-f]{80,}$/i.test(uid) && uid.toLowerCase().startsWith(CLASS_ID.toString('hex'));
  const bytes = own ? Buffer.from(uid, 'hex') : wrap(uid);
  bytes.fill(0, 16, 20);
  if (exception !== undefined) {
    const day = new Date(exception);
    bytes.writeUInt16BE(day.getUTCFullYear(), 16);
    bytes[18] = day.getUTCMonth() + 1;
    bytes[19] = day.getUTCDate();
  }
  return Uint8Array.from(bytes);
}

function wrap(uid: string): Buffer {
  const data = Buffer.concat([OUTSIDE, Buffer.from(`${uid}\0`, 'utf8')]);
  const head = Buffer.alloc(40);
  CLASS_ID.copy(head);
  head.writeUInt32LE(data.length, 36);
  return Buffer.concat([head, data]);
}

/** The iCalendar UID of an id: the wrapped one, or the id itself in hex. */
export function uidOfGlobalObjectId(bytes: Uint8Array): string {
  const view = Buffer.from(bytes);
  const data = view.subarray(40);
  if (data.subarray(0, OUTSIDE.length).equals(OUTSIDE)) {
    return data.subarray(OUTSIDE.length).toString('utf8').replace(/\0.*$/s, '');
  }
  view.fill(0, 16, 20);
  return view.toString('hex').toUpperCase();
}
