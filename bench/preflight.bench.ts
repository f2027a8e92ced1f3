import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ALL_ROWS } from '../core/preflight/ports/attempts.ts';
import { tryRows } from '../core/preflight/ports/matrix.ts';
import { TLS_VERSIONS, type TlsVersion } from '../core/preflight/tls/hello.ts';
import { probeTls } from '../core/preflight/tls/probe.ts';
import { Namespace } from '../tests/preflight/namespace.ts';
import { Certificates } from '../tests/preflight/tls-servers.ts';
import { hasPart } from '../tests/support/parts.ts';
import { type BenchRun, median, timed } from './bench.ts';

const LIMIT_MS = 3_000;
/** Hosts of the matrix, ten for each end; every other one answers nothing at all. */
const HOSTS = 40;
const ROUNDS = 3;
const VERSIONS = Object.keys(TLS_VERSIONS) as TlsVersion[];
const PROTOCOLS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;
/** What the servers speak: every range of versions, each with every choice of ciphers and curves. All are different. */
const RANGES = PROTOCOLS.flatMap((from, i) => PROTOCOLS.slice(i).map((to) => [from, to] as const));
const CIPHERS = [
  'ALL',
  'AES128-SHA:AES128-GCM-SHA256',
  'AES256-SHA:AES256-GCM-SHA384',
  'ECDHE-RSA-AES128-SHA:ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES256-SHA:ECDHE-RSA-CHACHA20-POLY1305',
];
const CURVES = ['X25519:P-256', 'P-384'];
const KINDS = RANGES.flatMap(([from, to]) =>
  CIPHERS.flatMap((ciphers) => CURVES.map((curves) => ({ from, to, ciphers, curves }))),
);
/** So many are given to testssl one after another, for its time; the others side by side, for its verdict. */
const TIMED = 10;
const SIDE_BY_SIDE = 6;
/** ms after which no further server is compared: testssl takes seconds for each. */
const COMPARE_MS = 360_000;

/**
 * The full port matrix against hosts of which half are filtered, against one time limit; and the TLS versions of a
 * hundred servers, against what `testssl -p` takes for one each, with the same verdicts.
 */
export const run: BenchRun = async ({ progress }) => {
  const figures: Record<string, number> = {};
  const ratios: Record<string, number> = {};
  const skipped: string[] = [];
  if (hasPart('ip-netns') && hasPart('iptables')) Object.assign(ratios, await matrix(figures, progress));
  else skipped.push('network namespaces with iptables');
  if (hasPart('openssl')) await tlsVersions(figures, ratios, skipped, progress);
  else skipped.push('openssl');
  return {
    name: 'preflight',
    figures,
    ratios,
    aims: { matrixToOneLimit: 1.1, tlsToTestssl: 1 / 50, tlsVerdictsThatDiffer: 0 },
    skipped,
  };
};

async function matrix(
  figures: Record<string, number>,
  progress: (text: string) => void,
): Promise<{ matrixToOneLimit: number }> {
  const network = new Namespace(9, HOSTS);
  try {
    const all = Array.from({ length: HOSTS }, (_, i) => network.host(i + 1));
    for (const [i, host] of all.entries()) if (i % 2 === 1) network.filter(`-d ${host} -j DROP`);
    await network.listen(
      all.flatMap((host) => [389, 636, 443, 135].map((port) => ({ host, port, protocol: 'tcp' as const }))),
    );
    const part = (n: number): string[] => all.slice(n * 10, n * 10 + 10);
    const hosts = {
      sourceDc: part(0),
      targetDc: part(1),
      sourceExchange: part(2),
      targetExchange: part(3),
      targetSmtp: part(3),
      sourceDns: part(0),
      targetDns: part(1),
    };
    const rows = ALL_ROWS.filter(({ from }) => from === 'console');
    const took: number[] = [];
    let tries = 0;
    for (let round = 0; round < ROUNDS; round++) {
      took.push(
        await timed(async () => {
          tries = (await tryRows({ rows, hosts, configured: (_end, _host, port) => port, limitMs: LIMIT_MS })).length;
        }),
      );
      progress(`matrix ${round + 1}/${ROUNDS}: ${tries} tries in ${Math.round(took.at(-1) ?? 0)} ms`);
    }
    figures.matrixTries = tries;
    figures.matrixMs = Math.round(median(took));
    return { matrixToOneLimit: Number((median(took) / LIMIT_MS).toFixed(3)) };
  } finally {
    network.close();
  }
}

/** A process with many TLS servers, so that they do not share our event loop; prints their ports. */
const SERVERS = `
const { createServer } = require('node:tls');
const { readFileSync } = require('node:fs');
const { kinds, key, cert } = JSON.parse(process.argv[1]);
const files = { key: readFileSync(key), cert: readFileSync(cert) };
const listen = (i) => new Promise((resolve) => {
  const { from, to, ciphers, curves } = kinds[i];
  const how = { minVersion: from, maxVersion: to, ciphers: ciphers + ':TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:@SECLEVEL=0', ecdhCurve: curves };
  const server = createServer({ ...files, ...how }, (socket) => socket.on('error', () => {}));
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1', () => resolve(server.address().port));
});
Promise.all(kinds.map((_, i) => listen(i))).then((ports) => console.log(JSON.stringify(ports)));
`;

async function tlsVersions(
  figures: Record<string, number>,
  ratios: Record<string, number>,
  skipped: string[],
  progress: (text: string) => void,
): Promise<void> {
  const certificates = new Certificates();
  let servers: ChildProcess | undefined;
  try {
    const { cert, key } = certificates.issue('bench', { names: 'IP:127.0.0.1' });
    const started = startServers(key, cert);
    servers = started.process;
    const ports = await started.ports;
    const probe = (port: number) => probeTls({ host: '127.0.0.1', port, preamble: 'none' }, 15_000);
    let verdicts: Awaited<ReturnType<typeof probe>>[] = [];
    const took: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      took.push(
        await timed(async () => {
          verdicts = await Promise.all(ports.map(probe));
        }),
      );
    }
    figures.tlsEndpoints = KINDS.length;
    figures.tlsMs = Math.round(median(took));
    progress(`TLS versions of ${KINDS.length} servers in ${figures.tlsMs} ms`);
    const testssl = ['testssl', 'testssl.sh'].find((name) => spawnSync('which', [name]).status === 0);
    if (testssl === undefined) {
      skipped.push('testssl');
      return;
    }
    const compared = await compare(testssl, ports, verdicts, progress);
    figures.testsslMsEach = Math.round(median(compared.took));
    figures.tlsCompared = compared.count;
    ratios.tlsToTestssl = Number((median(took) / (median(compared.took) * KINDS.length)).toFixed(5));
    ratios.tlsVerdictsThatDiffer = compared.differ;
  } finally {
    servers?.kill('SIGKILL');
    certificates.close();
  }
}

type Verdict = Awaited<ReturnType<typeof probeTls>>;

/** Asks testssl about the servers, for as long as there is time: its ms for one, and how many verdicts differ from ours. */
async function compare(
  testssl: string,
  ports: readonly number[],
  verdicts: readonly Verdict[],
  progress: (text: string) => void,
): Promise<{ took: number[]; count: number; differ: number }> {
  const result = { took: [] as number[], count: 0, differ: 0 };
  const started = performance.now();
  // Every tenth first, so that the timed ones are of all kinds.
  const order = ports.map((_, i) => i).sort((a, b) => (a % TIMED) - (b % TIMED) || a - b);
  const one = async (i: number) => {
    const found = await askTestssl(testssl, ports[i] ?? 0);
    const ours = VERSIONS.map((name) => verdicts[i]?.versions[name].outcome === 'accepted');
    const same = VERSIONS.every((name, n) => found[name] === ours[n]);
    result.count++;
    if (!same) result.differ++;
    if (!same)
      progress(`another verdict for ${JSON.stringify(KINDS[i])}: ${JSON.stringify(found)}, ours ${ours.join()}`);
  };
  for (const i of order.splice(0, TIMED)) {
    result.took.push(await timed(() => one(i)));
    progress(`testssl ${result.count}: ${Math.round(result.took.at(-1) ?? 0)} ms, ${result.differ} verdicts differ`);
  }
  progress(`testssl: ${Math.round(median(result.took))} ms for one`);
  const lane = async () => {
    while (order.length > 0 && performance.now() - started < COMPARE_MS) await one(order.shift() ?? 0);
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, lane));
  progress(`testssl: ${result.count} of ${ports.length} servers compared, ${result.differ} verdicts differ`);
  return result;
}

function startServers(key: string, cert: string): { process: ChildProcess; ports: Promise<number[]> } {
  const settings = JSON.stringify({ kinds: KINDS, key, cert });
  const child = spawn(process.execPath, ['-e', SERVERS, settings], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ports = new Promise<number[]>((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
      if (text.includes('\n')) resolve(JSON.parse(text) as number[]);
    });
    child.once('exit', () => reject(new Error('the TLS servers ended')));
  });
  return { process: child, ports };
}

/** `testssl -p`: the protocols alone; what it says by its machine-readable report. */
async function askTestssl(program: string, port: number): Promise<Partial<Record<TlsVersion, boolean>>> {
  const dir = mkdtempSync(join(tmpdir(), 'transplant-testssl-'));
  const file = join(dir, 'report.csv');
  const quiet = ['-p', '--quiet', '--color', '0', '--warnings', 'off'];
  try {
    const child = spawn(program, [...quiet, '--ip', '127.0.0.1', '--csvfile', file, `127.0.0.1:${port}`], {
      stdio: 'ignore',
      timeout: 120_000,
    });
    await once(child, 'exit');
    const names: Record<string, TlsVersion> = {
      TLS1: 'TLS 1.0',
      TLS1_1: 'TLS 1.1',
      TLS1_2: 'TLS 1.2',
      TLS1_3: 'TLS 1.3',
    };
    const found: Partial<Record<TlsVersion, boolean>> = {};
    for (const [, id, finding] of readFileSync(file, 'utf8').matchAll(
      /^"(TLS1(?:_\d)?)","[^"]*","[^"]*","[^"]*","([^"]*)"/gm,
    )) {
      const name = names[id ?? ''];
      if (name) found[name] = /^(?:supported|offered)/.test(finding ?? '');
    }
    return found;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
