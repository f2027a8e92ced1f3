import { forecastEnd } from '../../domain/forecast.ts';
import { countUnprepared } from '../../rationalize/unprepared.ts';
import { listAudit } from '../../store/audit.ts';
import { batchTotals, listBatches } from '../../store/batches.ts';
import { countBlocking } from '../../store/checks.ts';
import { listMachines } from '../../store/machines.ts';
import { countProgress, countWaiting, throughputByMachine } from '../../store/overview.ts';
import { throughputByMinute } from '../../store/workload-details.ts';
import { plainFacts } from '../machine-facts.ts';
import { procedure, router } from '../trpc.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;
/** A machine that has not been heard of for so long (ms) counts as away. */
const AWAY_AFTER = 45_000;
const RUNNING = new Set(['waiting', 'syncing', 'cuttingOver']);

export const overviewRouter = router({
  /** What runs, what waits for a person, when it will end, and who did what last. */
  show: procedure.query(async ({ ctx }) => {
    const { store } = ctx;
    const now = await store.now();
    const since = now - HOUR;
    const [batches, machines, throughput, byMachine, waiting, progress, audit, blocking, unprepared] =
      await Promise.all([
        listBatches(store),
        listMachines(store, 'worker'),
        throughputByMinute(store, since),
        throughputByMachine(store, since),
        countWaiting(store),
        countProgress(store),
        listAudit(store, { limit: 8 }),
        countBlocking(store),
        countUnprepared(store),
      ]);
    const lines = await Promise.all(
      batches.map(async ({ options: _, ...batch }) => ({ ...batch, totals: await batchTotals(store, batch.id) })),
    );
    const running = lines.filter((batch) => RUNNING.has(batch.state));
    const remaining = running.reduce((sum, { totals }) => sum + totals.itemsTotal - totals.itemsDone, 0);
    return {
      now,
      batches: lines,
      running: running.length,
      remaining,
      forecast: forecastEnd(throughput, remaining, now),
      throughput,
      workers: machines.map((machine) => ({
        id: machine.id,
        name: machine.name,
        state: machine.state,
        away: now - machine.lastSeen > AWAY_AFTER,
        lastSeen: machine.lastSeen,
        facts: plainFacts(machine.facts),
        minutes: byMachine
          .filter(({ machineId }) => machineId === machine.id)
          .map(({ at, items }) => ({ at: Math.floor(at / MINUTE) * MINUTE, items })),
      })),
      waiting: { ...waiting, blocking, unprepared },
      progress,
      audit: audit.map(({ id, at, who, action, object }) => ({ id, at, who, action, object })),
    };
  }),
});
