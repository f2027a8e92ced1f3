import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
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
const ENDPOINTS = 100;
const VERSIONS = Object.keys(TLS_VERSIONS) as TlsVersion[];
/** What the servers speak, by turns: from and to. */
const KINDS: readonly (readonly [string, string])[] = [
  ['TLSv1', 'TLSv1'],
  ['TLSv1', 'TLSv1.2'],
  ['TLSv1.2', 'TLSv1.2'],
  ['TLSv1.2', 'TLSv1.3'],
  ['TLSv1.3', 'TLSv1.3'],
];
/** testssl takes seconds for one server: this many of each kind stand for the hundred. */
const COMPARED_EACH = 2;

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
const { kinds, count, key, cert } = JSON.parse(process.argv[1]);
const files = { key: readFileSync(key), cert: readFileSync(cert) };
const listen = (i) => new Promise((resolve) => {
  const [minVersion, maxVersion] = kinds[i % kinds.length];
  const server = createServer({ ...files, minVersion, maxVersion, ciphers: 'ALL:@SECLEVEL=0' }, (socket) => socket.on('error', () => {}));
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1', () => resolve(server.address().port));
});
Promise.all(Array.from({ length: count }, (_, i) => listen(i))).then((ports) => console.log(JSON.stringify(ports)));
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
    figures.tlsEndpoints = ENDPOINTS;
    figures.tlsMs = Math.round(median(took));
    progress(`TLS versions of ${ENDPOINTS} servers in ${figures.tlsMs} ms`);
    const testssl = ['testssl', 'testssl.sh'].find((name) => spawnSync('which', [name]).status === 0);
    if (testssl === undefined) {
      skipped.push('testssl');
      return;
    }
    const theirs: number[] = [];
    let differ = 0;
    for (let i = 0; i < KINDS.length * COMPARED_EACH; i++) {
      const port = ports[i] ?? 0;
      const start = performance.now();
      const found = askTestssl(testssl, port);
      theirs.push(performance.now() - start);
      const ours = VERSIONS.map((name) => verdicts[i]?.versions[name].outcome === 'accepted');
      const same = VERSIONS.every((name, n) => found[name] === ours[n]);
      if (!same) differ++;
      progress(
        `testssl ${i + 1}/${KINDS.length * COMPARED_EACH}: ${Math.round(theirs.at(-1) ?? 0)} ms, ${same ? 'same verdict' : 'another verdict'}`,
      );
    }
    figures.testsslMsEach = Math.round(median(theirs));
    ratios.tlsToTestssl = Number((median(took) / (median(theirs) * ENDPOINTS)).toFixed(5));
    ratios.tlsVerdictsThatDiffer = differ;
  } finally {
    servers?.kill('SIGKILL');
    certificates.close();
  }
}

function startServers(key: string, cert: string): { process: ChildProcess; ports: Promise<number[]> } {
  const settings = JSON.stringify({ kinds: KINDS, count: ENDPOINTS, key, cert });
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
function askTestssl(program: string, port: number): Partial<Record<TlsVersion, boolean>> {
  const dir = mkdtempSync(join(tmpdir(), 'transplant-testssl-'));
  const file = join(dir, 'report.csv');
  try {
    spawnSync(
      program,
      [
        '-p',
        '--quiet',
        '--color',
        '0',
        '--warnings',
        'off',
        '--ip',
        '127.0.0.1',
        '--csvfile',
        file,
        `127.0.0.1:${port}`,
      ],
      {
        encoding: 'utf8',
        timeout: 120_000,
      },
    );
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
