import type { Duplex } from 'node:stream';

/** How a connection gets to the point where TLS may begin. */
export type Preamble = 'none' | 'smtp' | 'ldap' | 'tds';

/** Thrown when the server's words before TLS show that it is another service or does not offer TLS. */
export class NoTlsOffered extends Error {
  readonly service: 'other' | 'withoutTls';
  constructor(service: 'other' | 'withoutTls', message: string) {
    super(message);
    this.name = 'NoTlsOffered';
    this.service = service;
  }
}

/** LDAP StartTLS: ExtendedRequest 1.3.6.1.4.1.1466.20037 with message id 1 (RFC 4511 4.14). */
const LDAP_START_TLS = Buffer.from(`301d02010177188016${Buffer.from('1.3.6.1.4.1.1466.20037').toString('hex')}`, 'hex');

/** TDS pre-login asking for encryption of the login only ([MS-TDS] 2.2.6.5): VERSION, ENCRYPTION=ON, terminator. */
export const TDS_PRELOGIN = Buffer.from(
  '1201001a00000000' + '00000b0006' + '0100110001' + 'ff' + '000000000000' + '01',
  'hex',
);

/**
 * Speaks what comes before TLS on this kind of port, and returns when the next bytes may be a ClientHello.
 * @throws NoTlsOffered when the server answers as another service or refuses.
 */
export async function speakPreamble(kind: Preamble, socket: Duplex, read: () => Promise<Buffer>): Promise<void> {
  switch (kind) {
    case 'none':
      return;
    case 'smtp':
      await smtpStartTls(socket, read);
      return;
    case 'ldap': {
      socket.write(LDAP_START_TLS);
      const answer = await read();
      if (answer[0] !== 0x30) throw new NoTlsOffered('other', 'the answer is not LDAP');
      const at = answer.indexOf(Buffer.from([0x0a, 0x01]));
      if (at < 0 || answer[at + 2] !== 0) throw new NoTlsOffered('withoutTls', 'the server refuses StartTLS');
      return;
    }
    case 'tds': {
      socket.write(TDS_PRELOGIN);
      const answer = await read();
      if (answer[0] !== 0x04) throw new NoTlsOffered('other', 'the answer is not TDS');
      if (tdsEncryption(answer.subarray(8)) === 2)
        throw new NoTlsOffered('withoutTls', 'the server does not support encryption');
      return;
    }
  }
}

async function smtpStartTls(socket: Duplex, read: () => Promise<Buffer>): Promise<void> {
  let text = '';
  const reply = async (): Promise<string> => {
    for (;;) {
      const whole = /^(?:\d{3}-.*\r?\n)*(\d{3}) .*\r?\n/.exec(text) ?? /^(?:\d{3}-.*\r?\n)*(\d{3})\r?\n/.exec(text);
      if (whole) {
        text = text.slice(whole[0].length);
        return whole[0];
      }
      if (text.length > 3 && !/^\d{3}/.test(text)) throw new NoTlsOffered('other', 'the greeting is not SMTP');
      text += (await read()).toString('latin1');
    }
  };
  if (!(await reply()).startsWith('220')) throw new NoTlsOffered('other', 'the greeting is not SMTP');
  socket.write('EHLO transplant.invalid\r\n');
  if (!/STARTTLS/i.test(await reply())) throw new NoTlsOffered('withoutTls', 'the server does not offer STARTTLS');
  socket.write('STARTTLS\r\n');
  if (!(await reply()).startsWith('220')) throw new NoTlsOffered('withoutTls', 'the server refuses STARTTLS');
}

/** The ENCRYPTION option of a pre-login answer: 0 off, 1 on, 2 not supported, 3 required. */
export function tdsEncryption(options: Buffer): number | undefined {
  for (let at = 0; at + 5 <= options.length && options[at] !== 0xff; at += 5) {
    if (options[at] === 1) return options[options.readUInt16BE(at + 1)];
  }
  return undefined;
}
