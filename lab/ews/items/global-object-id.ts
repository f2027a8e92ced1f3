/** Global object ids of calendar items ([MS-OXOCAL] 2.2.1.27) and the iCalendar UIDs they stand for ([MS-OXCICAL] 2.1.3.1.1.20.26). */

const PREFIX = Buffer.from('040000008200e00074c5b7101a82e008', 'hex');
const VCAL = Buffer.from('vCal-Uid\x01\0\0\0', 'latin1');

/** The UID: the client's own where the id wraps one, else the id in capital hex. */
export function uidOf(globalObjectId: Uint8Array): string {
  const bytes = Buffer.from(globalObjectId);
  const data = bytes.subarray(40);
  if (data.subarray(0, VCAL.length).equals(VCAL)) {
    const end = data.indexOf(0, VCAL.length);
    return data.subarray(VCAL.length, end < 0 ? data.length : end).toString('utf8');
  }
  const clean = Buffer.from(bytes);
  // The day of an exception is no part of the UID.
  if (clean.length >= 20) clean.fill(0, 16, 20);
  return clean.toString('hex').toUpperCase();
}

/** The id of a UID: the bytes themselves where the UID is such an id in hex, else wrapped. */
export function globalObjectIdOf(uid: string): Uint8Array {
  if (/^(?:[0-9a-f]{2}){40,}$/i.test(uid) && uid.toLowerCase().startsWith(PREFIX.toString('hex'))) {
    return Uint8Array.from(Buffer.from(uid, 'hex'));
  }
  const data = Buffer.concat([VCAL, Buffer.from(uid, 'utf8'), Buffer.from([0])]);
  const head = Buffer.alloc(40);
  PREFIX.copy(head, 0);
  head.writeUInt32LE(data.length, 36);
  return Uint8Array.from(Buffer.concat([head, data]));
}
