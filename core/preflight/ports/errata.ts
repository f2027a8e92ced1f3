import type { PortEnd, PortRow, Protocol } from './model.ts';

/** Where the document's table is not what the protocols are. The row is kept; what is true is tried too, and decides. */
export interface Erratum {
  rows: readonly number[];
  /** What is wrong and what is right, in one sentence. */
  truth: string;
  source: string;
  /** What decides in place of the row's own words; each part that is absent stays as the row has it. */
  instead?: readonly { to?: PortEnd; protocols?: readonly Protocol[]; port?: number }[];
  /** Protocols of the row that nothing uses, so that they are not tried. */
  unused?: readonly Protocol[];
}

export const ERRATA: readonly Erratum[] = [
  {
    rows: [1, 7, 16, 44, 65, 66],
    truth: 'SMTP, Outlook over HTTP(S), POP3 and IMAP4 are services of Exchange servers, not of domain controllers.',
    source: 'Microsoft, Network ports for clients and mail flow in Exchange',
    instead: [{ to: 'sourceExchange' }],
  },
  {
    rows: [8, 43],
    truth: 'Outlook over HTTP(S) is a service of Exchange servers, not of domain controllers.',
    source: 'Microsoft, Network ports for clients and mail flow in Exchange',
    instead: [{ to: 'targetExchange' }],
  },
  {
    rows: [65],
    truth: 'The table has 993 and 995 the wrong way round: POP3 over TLS is 995.',
    source: 'IANA service names and port numbers; RFC 8314',
    instead: [{ to: 'sourceExchange', port: 995 }],
  },
  {
    rows: [66],
    truth: 'The table has 993 and 995 the wrong way round: IMAP4 over TLS is 993.',
    source: 'IANA service names and port numbers; RFC 8314',
    instead: [{ to: 'sourceExchange', port: 993 }],
  },
  {
    rows: [5, 6],
    truth: 'DNS uses UDP 53 first and TCP 53 for what is too long; both are needed.',
    source: 'RFC 7766',
    instead: [{ protocols: ['tcp', 'udp'] }],
  },
  {
    rows: [11, 36, 70],
    truth:
      'An Exchange server speaks neither Kerberos nor LDAP as a server; the traffic runs from it to domain controllers.',
    source: 'Microsoft, Service overview and network port requirements for Windows',
    instead: [{ to: 'targetDc' }],
  },
  {
    rows: [33],
    truth: 'An Exchange server does not speak LDAP; objects are discovered at a domain controller.',
    source: 'Microsoft, Service overview and network port requirements for Windows',
    instead: [{ to: 'targetDc' }],
  },
  {
    rows: [45, 47, 49],
    truth: 'Domain controllers offer no HTTPS unless certificate services or ADFS stand on them.',
    source: 'Microsoft, Service overview and network port requirements for Windows',
  },
  { rows: [47], truth: 'This row repeats row 45.', source: 'the table itself' },
  {
    rows: [17, 18],
    truth: 'Windows Time is NTP, which is UDP 123.',
    source: 'RFC 5905; [MS-SNTP]',
    instead: [{ protocols: ['udp'] }],
  },
  {
    rows: [26, 27, 28],
    truth: 'The NetBIOS name service is UDP 137.',
    source: 'RFC 1002 4.2',
    instead: [{ protocols: ['udp'] }],
  },
  {
    rows: [29, 30],
    truth: 'The NetBIOS datagram service is UDP 138.',
    source: 'RFC 1002 4.4',
    instead: [{ protocols: ['udp'] }],
  },
  {
    rows: [52, 53],
    truth: 'SMB is TCP 445 alone.',
    source: '[MS-SMB2] 2.1',
    unused: ['udp'],
  },
  {
    rows: [58, 59],
    truth: 'Kerberos password change is 464, TCP and UDP; 445 is SMB.',
    source: 'RFC 3244; Microsoft, Service overview and network port requirements for Windows',
    instead: [{ port: 464, protocols: ['tcp', 'udp'] }],
    unused: ['udp'],
  },
  {
    rows: [74, 75],
    truth:
      'SYSVOL replication used TCP 5722 on Windows Server 2008 and 2008 R2 alone; later versions use the dynamic range.',
    source: 'Microsoft, Service overview and network port requirements for Windows, note on DFSR',
  },
  {
    rows: [80, 81],
    truth: 'Domain controllers offer these services over TCP alone.',
    source: '[MS-RPCE] 2.1.1; [MS-DRSR] 2.1',
    unused: ['udp'],
  },
];

/** What the table leaves out and this program, or the table's own purpose, needs. */
export const MISSING_ROWS: readonly (PortRow & { why: string })[] = [
  own(101, 'console', 'sourceDc', 'LDAP over TLS', ['tcp'], 636, 'The table has 636 for the target alone.'),
  own(102, 'console', 'sourceDc', 'Global catalog over TLS', ['tcp'], 3269, 'The table has 3269 for the target alone.'),
  own(
    103,
    'console',
    'sourceDc',
    'Windows Time',
    ['udp'],
    123,
    'The table has the target alone; Kerberos and NTLM need both.',
  ),
  own(
    104,
    'console',
    'sourceDc',
    'Kerberos',
    ['udp'],
    88,
    'The table has TCP alone for the source; clients begin with UDP.',
  ),
  own(
    105,
    'console',
    'sourceExchange',
    'Exchange Web Services',
    ['tcp'],
    443,
    'Content is read over EWS; the table has HTTPS to the target alone.',
  ),
  own(106, 'console', 'targetExchange', 'Exchange Web Services', ['tcp'], 443, 'Content is written over EWS.'),
  own(107, 'console', 'sql', 'SQL Server', ['tcp'], 1433, 'The table does not name the database at all.'),
  own(108, 'console', 'sql', 'SQL Server Browser', ['udp'], 1434, 'Needed to find a named instance by its name.'),
];

function own(
  row: number,
  from: PortEnd,
  to: PortEnd,
  component: string,
  protocols: Protocol[],
  port: number,
  why: string,
): PortRow & { why: string } {
  return { row, from, to, component, protocols, port, remark: why, why };
}

/** The errata of one row, in the order of the list. */
export function errataOf(row: number): Erratum[] {
  return ERRATA.filter((one) => one.rows.includes(row));
}
