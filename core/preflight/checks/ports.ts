import { type Check, notApplicable, REQUIREMENTS, shared } from '../check.ts';
import { addressOf } from '../endpoints.ts';
import type { PreflightEnvironment } from '../environment.ts';
import { ALL_ROWS, type ConfiguredPorts } from '../ports/attempts.ts';
import { MISSING_ROWS } from '../ports/errata.ts';
import { configuredPorts, hostsOf, readPortHosts } from '../ports/hosts.ts';
import { type PortTry, tryRows } from '../ports/matrix.ts';
import { PORT_ENDS, type PortHosts, type PortRow } from '../ports/model.ts';
import { verdictOf } from '../ports/verdict.ts';

const OWN_ROWS = new Set(MISSING_ROWS.map(({ row }) => row));

/** Everything the matrix is made of for an environment. */
export async function portPlan(
  environment: PreflightEnvironment,
): Promise<{ hosts: PortHosts; configured: ConfiguredPorts }> {
  const forests = environment.forests.map(({ forest }) => forest);
  const hosts = hostsOf(forests, environment.database, await readPortHosts(environment.store));
  return { hosts, configured: configuredPorts(forests, environment.database) };
}

/** The rows that begin at this machine, each with every host that stands for its other end. */
export async function portChecks(environment: PreflightEnvironment): Promise<Check[]> {
  const { hosts, configured } = await portPlan(environment);
  const rows = ALL_ROWS.filter(({ from }) => from === 'console');
  const tries = shared(() => tryRows({ rows, hosts, configured, limitMs: environment.limitMs }));
  return rows.flatMap((row) =>
    (hosts[row.to] ?? []).map((host): Check => {
      // What this program itself connects to must be open; the rest is asked for by the document.
      const needed = environment.usedAddresses.has(addressOf({ host, port: configured(row.to, host, row.port) }));
      return {
        ...rowFacts(row, host),
        how: 'TCP is connected to and the service asked its first question; UDP is asked a question that the service must answer.',
        blocks: needed,
        limitMs: environment.limitMs * 2,
        async run() {
          if (row.to === 'sql' && row.port === 1434 && !environment.database?.instance) {
            return notApplicable('the database’s address names a port, so SQL Browser is not asked');
          }
          const mine = (await tries()).filter((one) => one.row === row.row && belongs(one, row, host, hosts));
          return verdictOf(row, mine, needed);
        },
      };
    }),
  );
}

/** What is the same of a row wherever it is tried from. */
export function rowFacts(row: PortRow, host: string): Omit<Check, 'run' | 'how' | 'blocks'> {
  const range = row.portTo === undefined ? String(row.port) : `${row.port}-${row.portTo}`;
  const protocols = row.protocols.join('/').toUpperCase();
  return {
    id: `ports.row-${row.row}`,
    group: 'ports',
    title: `${PORT_ENDS[row.from]} to ${PORT_ENDS[row.to]}: ${row.component}`,
    object: `${host} ${protocols} ${range}`,
    requirement: {
      text: `${protocols} ${range} is open from ${PORT_ENDS[row.from]} to ${PORT_ENDS[row.to]}: ${row.remark}`,
      source: OWN_ROWS.has(row.row) ? REQUIREMENTS.ours : `${REQUIREMENTS.network}, row ${row.row} of the table`,
    },
  };
}

/** A row's tries at its own host; where a mistake of the table names another end, those at that end's hosts. */
function belongs(one: PortTry, row: PortRow, host: string, hosts: PortHosts): boolean {
  return one.host === host || (one.to !== row.to && !(hosts[row.to] ?? []).includes(one.host));
}
