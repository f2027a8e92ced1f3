import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { RECIPIENT_ATTRIBUTES, RECIPIENT_FILTER } from '../core/directory/attributes.ts';
import type { DirectoryConfig } from '../core/directory/config.ts';
import { openReader } from '../core/directory/open.ts';
import { type DiscoverResult, discover } from '../core/rationalize/discover.ts';
import { addForest } from '../core/store/forests.ts';
import { openStore } from '../core/store/open.ts';
import { loadOffline } from '../tests/directory/load-offline.ts';
import { generate } from '../tests/directory/truth/generate.ts';
import { PROFILES } from '../tests/directory/truth/profiles.ts';
import { startForests } from '../tests/support/forests.ts';
import { hasPart } from '../tests/support/parts.ts';
import { startSlapd } from '../tests/support/slapd.ts';
import { type BenchRun, median, timed } from './bench.ts';
import { mailboxes } from './discover/entries.ts';

const ROUNDS = 5;
const BASE = 'dc=bench,dc=test';
const SAMBA_PEOPLE = Number(process.env.BENCH_DISCOVER_SAMBA ?? 2000);
const SLAPD_PEOPLE = Number(process.env.BENCH_DISCOVER_SLAPD ?? 100_000);

interface Server {
  url: string;
  baseDn: string;
  user: string;
  password: string;
  caFile: string;
  ca: string;
}

/**
 * Discovery into a database against ldapsearch writing the same attributes to a file, from the same server: a Samba
 * domain controller, and OpenLDAP with 100,000 mailboxes, where memory is watched too.
 */
export const run: BenchRun = async ({ progress }) => {
  const folder = mkdtempSync(join(tmpdir(), 'transplant-bench-discover-'));
  const found = {
    figures: {} as Record<string, number>,
    ratios: {} as Record<string, number>,
    skipped: [] as string[],
  };
  try {
    if (hasPart('samba') && hasPart('ldb-tools')) await onSamba(folder, found, progress);
    else found.skipped.push('samba');
    if (hasPart('slapd')) await onSlapd(folder, found, progress);
    else found.skipped.push('slapd');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const aims = { sambaToLdapsearch: 0.6, memoryGrowthMB: 100, heapGrowthMB: 10, unchangedQueries: 1 };
  return { name: 'discover', ...found, aims };
};

type Found = { figures: Record<string, number>; ratios: Record<string, number>; skipped: string[] };

async function onSamba(folder: string, { figures, ratios }: Found, progress: (text: string) => void): Promise<void> {
  const { forests, stop } = await startForests(['source'] as const);
  try {
    const { source } = forests;
    const [usual] = PROFILES;
    if (!usual) return;
    await loadOffline(source, generate({ ...usual, people: SAMBA_PEOPLE }, 1).source);
    progress('the domain controller is filled');
    const server = { ...source, user: source.administrator };
    const times: { ours: number; peer: number }[] = [];
    let last: DiscoverResult | undefined;
    await withForest(folder, 'samba', server, async (read) => {
      for (let round = 0; round < ROUNDS; round++) {
        const peer = await timed(() => ldapsearch(server, folder));
        const ours = await timed(async () => {
          last = await read(true);
        });
        times.push({ ours, peer });
        progress(`samba: ldapsearch ${Math.round(peer)} ms, discovery ${Math.round(ours)} ms`);
      }
      const unchanged = await read(false);
      figures.unchangedQueries = unchanged.mode === 'delta' ? unchanged.queries : -1;
    });
    figures.sambaObjects = last?.read ?? 0;
    figures.sambaObjectsPerSecond = Math.round((last?.read ?? 0) / (median(times.map((t) => t.ours)) / 1000));
    ratios.sambaToLdapsearch = round2(median(times.map((t) => t.peer / t.ours)));
  } finally {
    await stop();
  }
}

async function onSlapd(folder: string, { figures, ratios }: Found, progress: (text: string) => void): Promise<void> {
  const server = await startSlapd({ base: BASE, entries: mailboxes(SLAPD_PEOPLE, BASE) });
  try {
    progress(`slapd has ${SLAPD_PEOPLE} mailboxes`);
    await withForest(folder, 'slapd', server, async (read) => {
      const peer = await timed(() => ldapsearch(server, folder));
      const memory = new Memory();
      let result: DiscoverResult | undefined;
      const ours = await timed(async () => {
        result = await read(true, (done) => memory.look(done / SLAPD_PEOPLE));
      });
      figures.slapdObjects = result?.read ?? 0;
      figures.slapdObjectsPerSecond = Math.round((result?.read ?? 0) / (ours / 1000));
      figures.memoryAtTenthMB = memory.early;
      figures.memoryAtEndMB = memory.late;
      figures.memoryGrowthMB = memory.late - memory.early;
      figures.heapAtTenthMB = memory.heapEarly;
      figures.heapAtEndMB = memory.heapLate;
      figures.heapGrowthMB = memory.heapLate - memory.heapEarly;
      ratios.slapdToLdapsearch = round2(peer / ours);
      progress(`slapd: ldapsearch ${Math.round(peer)} ms, discovery ${Math.round(ours)} ms`);
    });
  } finally {
    await server.stop();
  }
}

const round2 = (x: number): number => Math.round(x * 100) / 100;

/**
 * The most memory of the first fifth after the first tenth, and of the last fifth: the process, which keeps what the
 * engine once needed, and what is alive after a collection.
 */
class Memory {
  early = 0;
  late = 0;
  heapEarly = 0;
  heapLate = 0;

  look(share: number): void {
    const now = megabytes(process.memoryUsage.rss());
    if (share > 0.1 && share <= 0.3) this.early = Math.max(this.early, now);
    if (share > 0.8) this.late = Math.max(this.late, now);
    if (share > 0.1 && this.heapEarly === 0) this.heapEarly = alive();
    if (share > 0.98) this.heapLate = Math.max(this.heapLate, alive());
  }
}

const megabytes = (bytes: number): number => Math.round(bytes / 2 ** 20);

/** MB on the heap and in buffers that something still refers to. */
function alive(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return megabytes(heapUsed + external);
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

type Read = (full: boolean, progress?: (done: number) => void) => Promise<DiscoverResult>;

async function withForest(
  folder: string,
  name: string,
  server: Server,
  work: (read: Read) => Promise<void>,
): Promise<void> {
  const store = await openStore(`sqlite:${join(folder, `${name}.db`)}`, { create: true });
  try {
    const forest = await addForest(store, { name, role: 'source', config: { pins: [], smtpDomains: [] } });
    const config: DirectoryConfig = {
      forest: name,
      servers: [server.url],
      trust: { pins: [], caPem: server.ca },
      login: { kind: 'simple', user: server.user, password: server.password },
      baseDns: [server.baseDn],
    };
    await work(async (full, progress) => {
      const reader = await openReader(config);
      try {
        return await discover(store, forest, reader, { full, onProgress: ({ read }) => progress?.(read) });
      } finally {
        await reader.close();
      }
    });
  } finally {
    await store.close();
  }
}

/** The same search by OpenLDAP's client, in pages of the same size, into a file. */
function ldapsearch(server: Server, folder: string): void {
  const login = ['-x', '-LLL', '-H', server.url, '-D', server.user, '-w', server.password];
  const search = ['-b', server.baseDn, '-E', 'pr=1000/noprompt', RECIPIENT_FILTER, ...RECIPIENT_ATTRIBUTES];
  const env = { ...process.env, LDAPTLS_CACERT: server.caFile, FILE: join(folder, 'out.ldif') };
  const run = spawnSync('bash', ['-c', 'ldapsearch "$@" > "$FILE"', 'ldapsearch', ...login, ...search], { env });
  if (run.status !== 0) throw new Error(`ldapsearch ended with ${run.status}: ${run.stderr.toString().slice(-500)}`);
}
