/** Ends of a row of the port matrix. `console` stands for the migration server and for each worker alike. */
export const PORT_ENDS = {
  console: 'Transplant (console and workers)',
  sql: 'SQL Server',
  sourceDc: 'Source domain controllers',
  targetDc: 'Target domain controllers',
  sourceExchange: 'Source messaging servers',
  targetExchange: 'Target messaging servers',
  targetSmtp: 'Target SMTP messaging server',
  sourceDns: 'Source DNS servers',
  targetDns: 'Target DNS servers',
} as const;
export type PortEnd = keyof typeof PORT_ENDS;

export type Protocol = 'tcp' | 'udp';

/** One row of the port table of the requirements document, or of what it leaves out. */
export interface PortRow {
  /** Number of the row in the document's table, from 1; rows of our own begin at 101. */
  row: number;
  from: PortEnd;
  to: PortEnd;
  component: string;
  protocols: Protocol[];
  port: number;
  /** Last port of a dynamic range. */
  portTo?: number;
  remark: string;
}

/** Hosts that stand for each end, by name or address. */
export type PortHosts = Partial<Record<PortEnd, readonly string[]>>;

/**
 * What a port looks like from somewhere.
 * - `open`: the expected service answered, or the connection was taken where there is no question to ask.
 * - `otherService`: taken, but what answered is another service; `silent`: taken, but nothing was said in time.
 * - `closed`: refused at once, so the way is free and nothing listens.
 * - `filtered`: no answer at all, or a router's word that the way is barred.
 * - `noAnswer`: UDP alone, where silence may be a filter or a service that does not answer.
 */
export const PORT_OUTCOMES = ['open', 'otherService', 'silent', 'closed', 'filtered', 'noAnswer', 'error'] as const;
export type PortOutcome = (typeof PORT_OUTCOMES)[number];
