import { errataOf, MISSING_ROWS } from './errata.ts';
import type { PortEnd, PortHosts, PortRow, Protocol } from './model.ts';
import { PORT_TABLE } from './table.ts';

/** One connection that a row asks for, between two hosts. */
export interface Attempt {
  row: PortRow;
  from: PortEnd;
  to: PortEnd;
  host: string;
  protocol: Protocol;
  port: number;
  /** Last port of a dynamic range; then the endpoint mapper tells which port is meant. */
  portTo?: number;
  /** Whether it decides about the row; the words of a row with a mistake are tried, but do not. */
  decides: boolean;
}

/** Every row there is: the document's and ours. */
export const ALL_ROWS: readonly PortRow[] = [...PORT_TABLE, ...MISSING_ROWS];

/** The port that is really used where the table gives a default: a server may be configured elsewhere. */
export type ConfiguredPorts = (end: PortEnd, host: string, defaultPort: number) => number;

/** What has to be tried for a row at each host that stands for its other end. */
export function attemptsOf(row: PortRow, hosts: PortHosts, configured: ConfiguredPorts): Attempt[] {
  const errata = errataOf(row.row);
  const unused = new Set(errata.flatMap((one) => one.unused ?? []));
  // Of two corrections of one row the later, more particular one counts.
  const instead = errata.findLast((one) => one.instead)?.instead;
  const asWritten = make(
    row,
    { protocols: row.protocols.filter((one) => !unused.has(one)) },
    hosts,
    configured,
    !instead,
  );
  const asIs = (instead ?? []).flatMap((change) => make(row, change, hosts, configured, true));
  const known = new Set(asIs.map(keyOf));
  return [...asIs, ...asWritten.filter((one) => !known.has(keyOf(one)))];
}

const keyOf = ({ host, protocol, port }: Attempt): string => `${host} ${protocol} ${port}`;

function make(
  row: PortRow,
  change: { to?: PortEnd; protocols?: readonly Protocol[]; port?: number },
  hosts: PortHosts,
  configured: ConfiguredPorts,
  decides: boolean,
): Attempt[] {
  const to = change.to ?? row.to;
  return (hosts[to] ?? []).flatMap((host) =>
    (change.protocols ?? row.protocols).map((protocol) => ({
      row,
      from: row.from,
      to,
      host,
      protocol,
      port: row.portTo === undefined ? configured(to, host, change.port ?? row.port) : row.port,
      ...(row.portTo === undefined ? {} : { portTo: row.portTo }),
      decides,
    })),
  );
}
