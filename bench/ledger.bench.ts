import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { appRouter } from '../core/api/router.ts';
import { createCallerFactory } from '../core/api/trpc.ts';
import { ledgerBySource, ledgerCounts } from '../core/store/ledger.ts';
import { openStore } from '../core/store/open.ts';
import type { Store } from '../core/store/store.ts';
import { type BenchRun, median, timed } from './bench.ts';
import { fillProject, SIZE } from './ledger-project.ts';

const ROUNDS = 5;
/** How long opening a list may take, in ms. */
const AIM_MS = 100;

/** Opens the console's lists on a project of 5,000,000 items: through the router, as the console does, on a cold page cache of ours. */
export const run: BenchRun = async ({ progress }) => {
  const folder = mkdtempSync(join(tmpdir(), 'transplant-bench-'));
  try {
    const url = `sqlite:${join(folder, 'large.db')}`;
    const fillSeconds = (await timed(() => fillProject(url, progress))) / 1000;
    const figures: Record<string, number> = { ledgerRows: SIZE.ledger, fillSeconds: Number(fillSeconds.toFixed(0)) };
    let busiest = 0;
    for (const [name, open] of Object.entries(lists())) {
      const times: number[] = [];
      const cpu: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        // A connection of its own each time: nothing is left from the round before but the system's file cache.
        const store = await openStore(url);
        await store.now();
        const before = process.cpuUsage();
        times.push(await timed(() => open(store)));
        const { user, system } = process.cpuUsage(before);
        cpu.push((user + system) / 1000);
        await store.close();
      }
      figures[`${name}Ms`] = Number(median(times).toFixed(1));
      busiest = Math.max(busiest, median(cpu));
      progress(`${name}: ${figures[`${name}Ms`]} ms, ${median(cpu).toFixed(1)} ms of a processor`);
    }
    const slowest = Math.max(...Object.entries(figures).map(([name, value]) => (name.endsWith('Ms') ? value : 0)));
    return {
      name: 'ledger',
      figures: { ...figures, slowestMs: slowest, slowestProcessorMs: Number(busiest.toFixed(1)) },
      ratios: {},
      aims: { slowestMs: AIM_MS },
      skipped: [],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

function api(store: Store) {
  const actor = { user: 'bench', host: 'bench' };
  const keyring = () => Promise.reject(new Error('a list needs no key'));
  return createCallerFactory(appRouter)({ store, actor, correlation: 'bench', keyring });
}

/** What each screen asks when it is opened. */
export function lists(): Record<string, (store: Store) => Promise<unknown>> {
  const page = { every: 100 };
  return {
    frame: (store) => api(store).status.frame(),
    overview: (store) => api(store).overview.show(),
    status: (store) => api(store).status.overview(),
    batches: (store) => api(store).batches.list(),
    batch: (store) => api(store).batches.show({ batch: 7 }),
    batchLines: (store) => api(store).batches.lines({ batchId: 7 }),
    batchAnchors: (store) => api(store).batches.anchors({ batchId: 7, ...page }),
    batchLinesByState: (store) => api(store).batches.lines({ batchId: 7, states: ['failed'], sort: 'state' }),
    workloadDrawer: (store) => api(store).batches.workload({ id: 700 }),
    folders: (store) => api(store).batches.folders({ workloadId: 700 }),
    publicFolders: (store) => api(store).publicFolders.workloads(),
    badItems: (store) => api(store).badItems.list({}),
    recipients: (store) => api(store).recipients.lines({ role: 'source' }),
    recipientAnchors: (store) => api(store).recipients.anchors({ role: 'source', ...page }),
    recipientFacets: (store) => api(store).recipients.facets({ role: 'source' }),
    recipientSearch: (store) => api(store).recipients.lines({ role: 'source', search: 'person 77' }),
    recipient: (store) => api(store).recipients.show({ id: 77 }),
    matches: (store) => api(store).match.list({}),
    matchAnchors: (store) => api(store).match.anchors({ ...page }),
    matchCounts: (store) => api(store).match.counts(),
    match: (store) => api(store).match.show({ sourceId: 77 }),
    plans: (store) => api(store).prepare.list(),
    changes: (store) => api(store).prepare.show({ planId: 1 }),
    changeAnchors: (store) => api(store).prepare.anchors({ planId: 1, ...page }),
    checks: (store) => api(store).preflight.show({}),
    workers: (store) => api(store).workers.list(),
    workerLog: (store) => api(store).workers.log({ name: 'worker-7' }),
    audit: (store) => api(store).audit.list({}),
    report: (store) => api(store).reports.show({ batch: 'Wave 7' }),
    settings: (store) => api(store).settings.show(),
    palette: (store) => api(store).search.all({ text: 'person 77' }),
    itemOfLedger: (store) => ledgerBySource(store.db, 700, ['700-5', '700-6']),
    countsOfWorkload: (store) => ledgerCounts(store, 700),
  };
}
