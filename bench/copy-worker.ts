import { readFileSync } from 'node:fs';
import { silentLog } from '../core/domain/log.ts';
import type { TaskKind } from '../core/domain/words.ts';
import { EwsServer } from '../core/exchange/ews/ews-store.ts';
import { Pace } from '../core/exchange/pace.ts';
import { runTask } from '../core/migrate/run-task.ts';
import { openStore } from '../core/store/open.ts';
import { claim, complete, heartbeat, release } from '../core/store/queue.ts';
import type { LabOrganisation } from '../lab/start.ts';
import { keepHeapSmall, STORE_CACHE_BYTES } from '../worker/memory.ts';

/**
 * One worker of the benchmark, in a process of its own: claims tasks of the given kinds until there are none, and prints
 * what it took as JSON. Arguments: database URL, ready file of the lab, machine id, kinds joined by commas, and the s after
 * which it stops what it is at.
 */
keepHeapSmall();
const [url = '', ready = '', machine = '', kinds = '', stopAfter = ''] = process.argv.slice(2);
const { organisations } = JSON.parse(readFileSync(ready, 'utf8')) as { organisations: LabOrganisation[] };
/** What the server takes at a time, as an administrator told. */
const connections = Number(process.env.COPY_CONNECTIONS ?? 27);
/** Tasks after which it ends; unlimited where not given. */
const most = Number(process.env.COPY_TASKS ?? Number.POSITIVE_INFINITY);
const server = (name: string): EwsServer => {
  const organisation = organisations.find((o) => o.name === name);
  if (!organisation) throw new Error(name);
  return new EwsServer({
    pace: new Pace({ max: connections }),
    url: organisation.ewsUrl,
    ca: readFileSync(organisation.caFile, 'utf8'),
    auth: { kind: 'password', ...organisation.serviceAccount, scheme: 'basic' },
  });
};
const servers = { source: server('source'), target: server('target') };
const store = await openStore(url, { cacheBytes: STORE_CACHE_BYTES });
const machineId = Number(machine);
const results: unknown[] = [];
const stop = new AbortController();
if (stopAfter !== '') setTimeout(() => stop.abort(), Number(stopAfter) * 1_000).unref();
const samples: { seconds: number; rssMb: number }[] = [];
const sample = (): void => {
  samples.push({ seconds: performance.now() / 1_000, rssMb: process.memoryUsage.rss() / 1024 / 1024 });
};
setInterval(sample, 1_000).unref();
const started = performance.now();
const cpuBefore = process.cpuUsage();
while (results.length < most) {
  const [task] = await claim(store, {
    machineId,
    max: 1,
    leaseMs: 120_000,
    kinds: kinds.split(',') as TaskKind[],
  });
  if (!task) break;
  const beat = setInterval(() => void heartbeat(store, [task]).catch(() => undefined), 20_000);
  try {
    const outcome = await runTask({
      store,
      claim: task,
      openMailStore: async (role, address) => servers[role].mailbox({ address }),
      signal: stop.signal,
      guard: () => stop.signal.throwIfAborted(),
      log: silentLog,
    });
    await complete(store, task, outcome.result);
    results.push(outcome.result);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    await release(store, task).catch(() => undefined);
    break;
  } finally {
    clearInterval(beat);
  }
}
const cpu = process.cpuUsage(cpuBefore);
process.stdout.write(
  `${JSON.stringify({
    ms: performance.now() - started,
    cpuMs: (cpu.user + cpu.system) / 1000,
    peakRssMb: process.resourceUsage().maxRSS / 1024,
    stopped: stop.signal.aborted,
    samples,
    results,
  })}\n`,
);
servers.source.close();
servers.target.close();
await store.close();
