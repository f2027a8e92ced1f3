import { randomBytes } from 'node:crypto';
import { clientHello } from '../tls/hello.ts';
import { TDS_PRELOGIN } from '../tls/start-tls.ts';
import { mapperBind } from './endpoint-mapper.ts';

/**
 * A protocol-true question: bytes that a real client of the service would send first, harmless, without any name or
 * password, and how to tell from the answer whether the expected service speaks. `undefined`: more bytes are needed.
 */
export interface ServiceQuestion {
  service: string;
  /** Bytes to send; absent where the server speaks first. */
  ask?: () => Buffer;
  isAnswer: (answer: Buffer) => boolean | undefined;
}

/** ASN.1 DER: tag, length, content. */
function der(tag: number, ...content: (Buffer | Buffer[])[]): Buffer {
  const body = Buffer.concat(content.flat());
  const length =
    body.length < 128 ? Buffer.from([body.length]) : Buffer.from([0x82, body.length >> 8, body.length & 0xff]);
  return Buffer.concat([Buffer.from([tag]), length, body]);
}
const int = (n: number): Buffer => der(0x02, Buffer.from(n > 127 ? [0, n] : [n]));
const text = (tag: number, s: string): Buffer => der(tag, Buffer.from(s, 'latin1'));

/** A query for the root's name servers (RFC 1035 4.1); every DNS server answers it, if only with a refusal. */
function dnsQuery(): Buffer {
  return Buffer.concat([randomBytes(2), Buffer.from([0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1])]);
}

const REALM = 'TRANSPLANT.INVALID';

/** AS-REQ for a realm that does not exist (RFC 4120 5.4.1): a KDC answers KRB-ERROR without looking anybody up. */
function kerberosRequest(): Buffer {
  const principal = (type: number, ...names: string[]): Buffer =>
    der(
      0x30,
      der(0xa0, int(type)),
      der(
        0xa1,
        der(
          0x30,
          names.map((n) => text(0x1b, n)),
        ),
      ),
    );
  const body = der(
    0x30,
    der(0xa0, der(0x03, Buffer.from([0, 0, 0, 0, 0]))),
    der(0xa1, principal(1, 'probe')),
    der(0xa2, text(0x1b, REALM)),
    der(0xa3, principal(2, 'krbtgt', REALM)),
    der(0xa5, text(0x18, '20370913024805Z')),
    der(0xa7, int(42)),
    der(0xa8, der(0x30, int(18), int(17))),
  );
  return der(0x6a, der(0x30, der(0xa1, int(5)), der(0xa2, int(10)), der(0xa4, body)));
}

/** A password-change request with an empty ticket (RFC 3244 2): a KDC answers with an error and changes nothing. */
function passwordChangeRequest(): Buffer {
  const encrypted = der(0x30, der(0xa0, int(18)), der(0xa2, der(0x04, Buffer.alloc(32))));
  const name = der(0x30, der(0xa0, int(2)), der(0xa1, der(0x30, text(0x1b, 'kadmin'), text(0x1b, 'changepw'))));
  const ticket = der(
    0x61,
    der(0x30, der(0xa0, int(5)), der(0xa1, text(0x1b, REALM)), der(0xa2, name), der(0xa3, encrypted)),
  );
  const request = der(
    0x6e,
    der(
      0x30,
      der(0xa0, int(5)),
      der(0xa1, int(14)),
      der(0xa2, der(0x03, Buffer.alloc(5))),
      der(0xa3, ticket),
      der(0xa4, encrypted),
    ),
  );
  const head = Buffer.alloc(6);
  const empty = Buffer.alloc(8);
  head.writeUInt16BE(head.length + request.length + empty.length, 0);
  head.writeUInt16BE(1, 2);
  head.writeUInt16BE(request.length, 4);
  return Buffer.concat([head, request, empty]);
}
/** A reply carries its length and a KRB-ERROR; some KDCs send the bare KRB-ERROR. */
const isPasswordChangeReply = (a: Buffer): boolean | undefined =>
  a.length < 7 ? undefined : a[0] === 0x7e || (a.readUInt16BE(0) >= a.length && a.readUInt16BE(2) <= 1);

/** Over TCP a Kerberos message is preceded by its length (RFC 4120 7.2.2). */
function withLength(message: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(message.length);
  return Buffer.concat([length, message]);
}

/** Anonymous search of the root DSE for one attribute, as every LDAP client may ask before it binds (RFC 4512 5.1). */
function rootDseSearch(attribute: string, messageId = 1, filter = der(0x87, Buffer.from('objectClass'))): Buffer {
  return der(
    0x30,
    int(messageId),
    der(
      0x63,
      text(0x04, ''),
      der(0x0a, Buffer.from([0])),
      der(0x0a, Buffer.from([0])),
      int(0),
      int(0),
      der(0x01, Buffer.from([0])),
      filter,
      der(0x30, text(0x04, attribute)),
    ),
  );
}
/** LDAP ping ([MS-ADTS] 6.3.3): the NetLogon attribute, version 5, over UDP. */
function cldapPing(): Buffer {
  const equals = (name: string, value: Buffer): Buffer => der(0xa3, text(0x04, name), der(0x04, value));
  return rootDseSearch('NetLogon', 1, der(0xa0, equals('NtVer', Buffer.from([0x06, 0, 0, 0]))));
}
const isLdap = (a: Buffer): boolean | undefined =>
  a.length < 2 ? undefined : a[0] === 0x30 && a.includes(Buffer.from([0x02, 0x01, 0x01]));

/** NTP version 4 client request (RFC 5905 7.3). */
function ntpRequest(): Buffer {
  const packet = Buffer.alloc(48);
  packet[0] = 0x23;
  return packet;
}

/** NetBIOS name service node status request for "*" (RFC 1002 4.2.17). */
function netbiosStatus(): Buffer {
  const name = Buffer.concat([Buffer.from([0x20]), Buffer.from('CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'), Buffer.from([0])]);
  return Buffer.concat([
    randomBytes(2),
    Buffer.from([0, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
    name,
    Buffer.from([0, 0x21, 0, 1]),
  ]);
}
/** NetBIOS session request to *SMBSERVER (RFC 1002 4.3.2). */
function netbiosSession(): Buffer {
  const encode = (name: string): Buffer => {
    const bytes = Buffer.from(name.padEnd(16).slice(0, 16), 'latin1');
    const halves = [...bytes].flatMap((b) => [0x41 + (b >> 4), 0x41 + (b & 15)]);
    return Buffer.from([0x20, ...halves, 0]);
  };
  const body = Buffer.concat([encode('*SMBSERVER'), encode('TRANSPLANT')]);
  return Buffer.concat([Buffer.from([0x81, 0, 0, body.length]), body]);
}

/** SMB2 NEGOTIATE offering 2.0.2 to 3.0.2 ([MS-SMB2] 2.2.3). */
function smbNegotiate(): Buffer {
  const header = Buffer.alloc(64);
  header.write('\xfeSMB', 0, 'latin1');
  header.writeUInt16LE(64, 4);
  header.writeUInt16LE(1, 14);
  const dialects = [0x0202, 0x0210, 0x0300, 0x0302];
  const body = Buffer.alloc(36 + dialects.length * 2);
  body.writeUInt16LE(36, 0);
  body.writeUInt16LE(dialects.length, 2);
  body.writeUInt16LE(1, 4);
  randomBytes(16).copy(body, 12);
  dialects.forEach((d, i) => {
    body.writeUInt16LE(d, 36 + i * 2);
  });
  const length = Buffer.alloc(4);
  length.writeUInt32BE(header.length + body.length);
  return Buffer.concat([length, header, body]);
}

/** .NET message framing preamble ([MC-NMF] 2.2.3) as net.tcp services (mailbox replication, AD Web Services) expect it. */
function netTcpPreamble(host: string, port: number): Buffer {
  const via = Buffer.from(`net.tcp://${host}:${port}/`);
  return Buffer.concat([Buffer.from([0, 1, 0, 1, 2, 2, via.length]), via, Buffer.from([3, 8, 0x0c])]);
}

const startsWith =
  (expected: RegExp, need: number) =>
  (a: Buffer): boolean | undefined =>
    a.length < need ? undefined : expected.test(a.toString('latin1'));
const tlsAnswer = (a: Buffer): boolean | undefined =>
  a.length < 3 ? undefined : (a[0] === 22 || a[0] === 21) && a[1] === 3;
/** SQL Browser answers a unicast request for all instances with SVR_RESP ([MS-SQLR] 2.2.5). */
const SQL_BROWSER: ServiceQuestion = {
  service: 'SQL Browser',
  ask: () => Buffer.from([3]),
  isAnswer: (a) => a[0] === 5,
};

/** The question for a port of the table; none where the port has no service of its own (dynamic ranges, datagram ports). */
export function questionFor(protocol: 'tcp' | 'udp', port: number, host: string): ServiceQuestion | undefined {
  if (protocol === 'udp') return UDP[port];
  switch (port) {
    case 25:
    case 587:
      return { service: 'SMTP', isAnswer: startsWith(/^220[ -]/, 4) };
    case 53:
      return {
        service: 'DNS',
        ask: () => Buffer.concat([Buffer.from([0, dnsQuery().length]), dnsQuery()]),
        isAnswer: (a) => (a.length < 5 ? undefined : ((a[4] ?? 0) & 0x80) !== 0),
      };
    case 80:
      return {
        service: 'HTTP',
        ask: () => Buffer.from(`HEAD / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
        isAnswer: startsWith(/^HTTP\/1/, 6),
      };
    case 88:
      return {
        service: 'Kerberos',
        ask: () => withLength(kerberosRequest()),
        isAnswer: (a) => (a.length < 5 ? undefined : a[4] === 0x7e || a[4] === 0x6b),
      };
    case 110:
      return { service: 'POP3', isAnswer: startsWith(/^\+OK/, 3) };
    case 135:
    case 5722:
      return {
        service: 'RPC',
        ask: mapperBind,
        isAnswer: (a) => (a.length < 3 ? undefined : a[0] === 5 && (a[2] === 12 || a[2] === 13)),
      };
    case 139:
      return {
        service: 'NetBIOS session',
        ask: netbiosSession,
        isAnswer: (a) => a[0] !== undefined && a[0] >= 0x82 && a[0] <= 0x85,
      };
    case 389:
    case 3268:
      return { service: 'LDAP', ask: () => rootDseSearch('defaultNamingContext'), isAnswer: isLdap };
    case 443:
    case 636:
    case 993:
    case 995:
    case 3269:
      return { service: 'TLS', ask: () => clientHello('TLS 1.2', host), isAnswer: tlsAnswer };
    case 445:
      return {
        service: 'SMB',
        ask: smbNegotiate,
        isAnswer: (a) => (a.length < 8 ? undefined : a.subarray(5, 8).toString('latin1') === 'SMB'),
      };
    case 464:
      return {
        service: 'Kerberos password change',
        ask: () => withLength(passwordChangeRequest()),
        isAnswer: (a) => (a.length < 4 ? undefined : isPasswordChangeReply(a.subarray(4))),
      };
    case 1433:
      return {
        service: 'SQL Server',
        ask: () => TDS_PRELOGIN,
        isAnswer: (a) => (a.length < 1 ? undefined : a[0] === 0x04),
      };
    case 808:
    case 9389:
      return {
        service: 'net.tcp',
        ask: () => netTcpPreamble(host, port),
        isAnswer: (a) => a[0] !== undefined && (a[0] === 0x0b || a[0] === 0x08 || a[0] === 0x0a),
      };
    default:
      return undefined;
  }
}

const UDP: Record<number, ServiceQuestion | undefined> = {
  53: { service: 'DNS', ask: dnsQuery, isAnswer: (a) => a.length >= 12 && ((a[2] ?? 0) & 0x80) !== 0 },
  88: { service: 'Kerberos', ask: kerberosRequest, isAnswer: (a) => a[0] === 0x7e || a[0] === 0x6b },
  123: { service: 'NTP', ask: ntpRequest, isAnswer: (a) => a.length >= 48 && ((a[0] ?? 0) & 7) === 4 },
  137: {
    service: 'NetBIOS name service',
    ask: netbiosStatus,
    isAnswer: (a) => a.length > 12 && ((a[2] ?? 0) & 0x80) !== 0,
  },
  389: { service: 'CLDAP', ask: cldapPing, isAnswer: (a) => isLdap(a) === true },
  464: { service: 'Kerberos password change', ask: passwordChangeRequest, isAnswer: (a) => isPasswordChangeReply(a) },
  1434: SQL_BROWSER,
};
