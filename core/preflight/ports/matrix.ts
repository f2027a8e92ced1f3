import { type Attempt, attemptsOf, type ConfiguredPorts } from './attempts.ts';
import { askMapper, type Mapping, RPC_SERVICES, type RpcService } from './endpoint-mapper.ts';
import { type Address, lookUp } from './hosts.ts';
import type { PortEnd, PortHosts, PortOutcome, PortRow } from './model.ts';
import { type PortResult, probePort } from './probe.ts';

/** One attempt with its end. */
export interface PortTry extends Omit<Attempt, 'row'> {
  row: number;
  result: PortResult;
}

export interface MatrixOptions {
  rows: readonly PortRow[];
  hosts: PortHosts;
  configured: ConfiguredPorts;
  /** ms for everything of one attempt, name lookup included. */
  limitMs: number;
}

/** Services behind the dynamic range of domain controllers and of Exchange, in the table's words. */
const DOMAIN_SERVICES: readonly RpcService[] = ['DRSUAPI', 'NetLogonR', 'SamR'];
export function rangeServices(to: PortEnd): readonly RpcService[] {
  return to === 'sourceExchange' || to === 'targetExchange' ? ['Mailbox Store'] : DOMAIN_SERVICES;
}

/**
 * Tries every row from this machine, all side by side: what several rows ask for is tried once, and the whole takes
 * little more than one limit however many hosts keep silent.
 */
export async function tryRows(options: MatrixOptions): Promise<PortTry[]> {
  const deadline = performance.now() + options.limitMs;
  const attempts = options.rows.flatMap((row) => attemptsOf(row, options.hosts, options.configured));
  const addresses = await lookUp(
    attempts.map(({ host }) => host),
    options.limitMs,
  );
  const left = (): number => Math.max(1, Math.round(deadline - performance.now()));
  const probes = new Map<string, Promise<PortResult>>();
  const once = (key: string, make: () => Promise<PortResult>): Promise<PortResult> => {
    const known = probes.get(key) ?? make();
    probes.set(key, known);
    return known;
  };
  return Promise.all(
    attempts.map(async ({ row, ...attempt }) => {
      const address = addresses.get(attempt.host) ?? { error: 'the name was not looked up' };
      const result = await once(
        `${attempt.host} ${attempt.protocol} ${attempt.port} ${attempt.portTo ?? ''} ${attempt.to}`,
        () =>
          attempt.portTo === undefined
            ? probeOne({ ...attempt, row }, address, left())
            : probeRange(attempt.to, address, left),
      );
      return { ...attempt, row: row.row, result };
    }),
  );
}

async function probeOne(attempt: Attempt, address: Address, limitMs: number): Promise<PortResult> {
  if ('error' in address) return { outcome: 'error', detail: address.error, tookMs: 0 };
  const { host, port, protocol } = attempt;
  return probePort({ host, address: address.address, port, protocol, servicePort: servicePortOf(attempt) }, limitMs);
}

/** The port by which the service is known, where the installation has it elsewhere. */
function servicePortOf({ row, port, decides }: Attempt): number {
  return decides && row.portTo === undefined && WELL_KNOWN.has(row.port) && !WELL_KNOWN.has(port) ? row.port : port;
}
const WELL_KNOWN = new Set([25, 53, 80, 88, 110, 123, 135, 137, 138, 139, 389, 443, 445, 464, 587, 636, 808, 993, 995]);
for (const port of [1433, 1434, 3268, 3269, 5722, 9389]) WELL_KNOWN.add(port);

/** A dynamic range: the endpoint mapper says where the services listen today, and those ports are tried. */
async function probeRange(to: PortEnd, address: Address, left: () => number): Promise<PortResult> {
  if ('error' in address) return { outcome: 'error', detail: address.error, tookMs: 0 };
  const started = performance.now();
  const took = (): number => Math.round(performance.now() - started);
  let mapped: Mapping[];
  try {
    mapped = await askMapper(address.address, rangeServices(to), left());
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      outcome: 'error',
      detail: `the endpoint mapper did not tell which ports are in use: ${why}`,
      tookMs: took(),
    };
  }
  const ports = mapped.flatMap(({ service, ports: [port] }) => (port === undefined ? [] : [{ service, port }]));
  if (ports.length === 0) {
    return {
      outcome: 'error',
      detail: `the endpoint mapper knows none of ${mapped.map((m) => m.service).join(', ')}`,
      tookMs: took(),
    };
  }
  const results = await Promise.all(
    ports.map(async ({ service, port }) => {
      const { outcome } = await probePort({ host: address.address, port, protocol: 'tcp' }, left());
      return { service, port, outcome };
    }),
  );
  const worst = results.map(({ outcome }) => outcome).sort((a, b) => badness(b) - badness(a))[0] ?? 'error';
  return {
    outcome: worst,
    service: 'RPC',
    detail: results.map(({ service, port, outcome }) => `${service} on ${port}: ${outcome}`).join(', '),
    tookMs: took(),
  };
}

const ORDER: readonly PortOutcome[] = ['open', 'noAnswer', 'silent', 'error', 'otherService', 'closed', 'filtered'];
/** For the worst of several outcomes: a larger number is worse. */
export function badness(outcome: PortOutcome): number {
  return ORDER.indexOf(outcome);
}
export const KNOWN_RPC_SERVICES = Object.keys(RPC_SERVICES) as RpcService[];
