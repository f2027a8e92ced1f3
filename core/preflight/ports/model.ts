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

/** One row of the port table of seed 002. */
export interface PortRow {
  /** Number of the row in the seed's table, from 1. */
  row: number;
  from: PortEnd;
  to: PortEnd;
  component: string;
  protocols: ('tcp' | 'udp')[];
  port: number;
  /** Last port of a dynamic range. */
  portTo?: number;
  remark: string;
}
