import { createSocket } from 'node:dgram';
import type { LdapConnection } from '../../directory/ldap-connection.ts';
import { generalizedTime } from '../../directory/values.ts';

/** How far another clock is ahead of ours, in ms, and how exactly that is known. */
export interface ClockOffset {
  offsetMs: number;
  /** ms by which it may be wrong. */
  errorMs: number;
  how: 'NTP' | 'LDAP';
}

/** Seconds from 1900 to 1970. */
const NTP_EPOCH = 2_208_988_800;

/** One SNTP question (RFC 5905 14); no answer gives undefined. @param timeoutMs ms */
export function ntpOffset(host: string, timeoutMs: number, port = 123): Promise<ClockOffset | undefined> {
  const { promise, resolve } = Promise.withResolvers<ClockOffset | undefined>();
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  const timer = setTimeout(() => resolve(undefined), timeoutMs);
  const request = Buffer.alloc(48);
  request[0] = 0x23;
  let sentAt = 0;
  let wall = 0;
  socket.on('error', () => resolve(undefined));
  socket.on('message', (answer) => {
    const took = performance.now() - sentAt;
    if (answer.length < 48 || ((answer[0] ?? 0) & 7) !== 4) return;
    const received = ntpTime(answer, 32);
    const transmitted = ntpTime(answer, 40);
    if (transmitted === undefined || received === undefined) return;
    const middle = wall + took / 2;
    resolve({ offsetMs: (received + transmitted) / 2 - middle, errorMs: took / 2, how: 'NTP' });
  });
  socket.connect(port, host, () => {
    wall = Date.now();
    sentAt = performance.now();
    socket.send(request, () => undefined);
  });
  return promise.finally(() => {
    clearTimeout(timer);
    socket.close();
  });
}

function ntpTime(bytes: Buffer, at: number): number | undefined {
  const seconds = bytes.readUInt32BE(at);
  if (seconds === 0) return undefined;
  return (seconds - NTP_EPOCH) * 1000 + (bytes.readUInt32BE(at + 4) / 2 ** 32) * 1000;
}

/** By the root DSE's currentTime ([MS-ADTS] 3.1.1.3.2.2), which counts whole seconds. */
export async function ldapOffset(connection: LdapConnection): Promise<ClockOffset | undefined> {
  const before = Date.now();
  const root = await connection.read('', { attributes: ['currentTime'] });
  const after = Date.now();
  const theirs = generalizedTime(String(root?.currentTime ?? ''));
  if (theirs === undefined) return undefined;
  // The second that was told began at most a second ago.
  return { offsetMs: theirs + 500 - (before + after) / 2, errorMs: 500 + (after - before) / 2, how: 'LDAP' };
}
