import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { formatBytes, formatCount, formatDuration, formatRate, formatShare } from '../../core/domain/format.ts';
import { RateWindow, timeLeft } from '../../core/domain/progress.ts';
import { STATES } from '../../core/domain/words.ts';
import { type Api, withApi } from '../context.ts';
import { addCommand, type CommonOptions, type Result } from '../frame.ts';
import { table } from '../table.ts';

type Overview = Awaited<ReturnType<Api['status']['overview']>>;

/** Rates of one batch over the last half minute, kept while watching. */
interface Rates {
  items: RateWindow;
  bytes: RateWindow;
}

const EVERY_MS = 1_000;
/** Without watching there is one look only; the rate then comes from the last minutes' sums. */
const RECENT_MINUTES = 3;

export function register(program: Command): void {
  addCommand<CommonOptions & { watch?: boolean }>(
    program,
    'status',
    'batches, workers, rates and time left',
    (c) => c.option('--watch', 'keep looking until Ctrl+C; with --json, one document a line'),
    (options) => withApi(options, (api) => (options.watch ? watch(api, options.json === true) : once(api))),
  );
}

async function once(api: Api): Promise<Result> {
  const overview = await api.status.overview();
  return { json: overview, text: describe(overview, new Map()) };
}

async function watch(api: Api, json: boolean): Promise<undefined> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const rates = new Map<number, Rates>();
  while (!stop.signal.aborted) {
    const overview = await api.status.overview();
    for (const batch of overview.batches) {
      const known = rates.get(batch.id) ?? { items: new RateWindow(), bytes: new RateWindow() };
      known.items.add(overview.now, batch.totals.itemsDone);
      known.bytes.add(overview.now, batch.totals.bytesDone);
      rates.set(batch.id, known);
    }
    if (json) process.stdout.write(`${JSON.stringify(overview)}\n`);
    else process.stdout.write(`${process.stdout.isTTY ? '\u001b[2J\u001b[H' : ''}${describe(overview, rates)}\n`);
    await sleep(EVERY_MS, undefined, { signal: stop.signal }).catch(() => undefined);
  }
  return undefined;
}

/** What a person reads: a table of batches, a table of workers. */
export function describe(overview: Overview, rates: ReadonlyMap<number, Rates>): string {
  const batches = overview.batches.map((batch) => ({ batch, ...pace(overview, batch, rates.get(batch.id)) }));
  const parts = [
    batches.length === 0
      ? 'There is no batch yet.\n'
      : table(batches, [
          { title: 'Batch', cell: ({ batch }) => batch.name },
          { title: 'State', cell: ({ batch }) => `${STATES[batch.state].sign} ${STATES[batch.state].word}` },
          { title: 'Members', cell: ({ batch }) => members(batch.totals), right: true },
          {
            title: 'Items',
            cell: ({ batch }) => `${formatCount(batch.totals.itemsDone)}/${formatCount(batch.totals.itemsTotal)}`,
            right: true,
          },
          { title: '', cell: ({ batch }) => share(batch.totals), right: true },
          { title: 'Size', cell: ({ batch }) => formatBytes(batch.totals.bytesDone), right: true },
          { title: 'Rate', cell: ({ rate }) => (rate === undefined ? '-' : formatRate(rate)), right: true },
          { title: 'Left', cell: ({ left }) => (left === undefined ? '-' : formatDuration(left)), right: true },
          { title: 'Bad', cell: ({ batch }) => formatCount(batch.totals.itemsBad), right: true },
        ]),
    overview.workers.length === 0
      ? 'No worker has enrolled yet. Start one with: transplant worker run\n'
      : table(overview.workers, [
          { title: 'Worker', cell: (w) => w.name },
          {
            title: 'State',
            cell: (w) => (w.away ? `${w.state}, away for ${formatDuration(overview.now - w.lastSeen)}` : w.state),
          },
          {
            title: 'Tasks',
            cell: (w) => (w.facts.running === undefined ? '-' : formatCount(w.facts.running)),
            right: true,
          },
          {
            title: 'Rate',
            cell: (w) => (w.facts.itemsPerSecond === undefined ? '-' : formatRate(w.facts.itemsPerSecond)),
            right: true,
          },
          {
            title: 'Memory',
            cell: (w) => (w.facts.memoryUsed === undefined ? '-' : formatBytes(w.facts.memoryUsed)),
            right: true,
          },
          { title: 'Version', cell: (w) => w.version },
        ]),
  ];
  return parts.join('\n');
}

type Totals = Overview['batches'][number]['totals'];

function members(totals: Totals): string {
  const done = (totals.byState.done ?? 0) + (totals.byState.inSync ?? 0);
  return `${formatCount(done)} of ${formatCount(totals.workloads)}`;
}

function share(totals: Totals): string {
  return totals.itemsTotal === 0 ? '' : formatShare(totals.itemsDone / totals.itemsTotal);
}

function pace(
  overview: Overview,
  batch: Overview['batches'][number],
  rates: Rates | undefined,
): { rate: number | undefined; left: number | undefined } {
  if (batch.state !== 'syncing' && batch.state !== 'cuttingOver') return { rate: undefined, left: undefined };
  const rate = rates?.items.perSecond() ?? recentRate(overview);
  return { rate, left: timeLeft(batch.totals.itemsTotal - batch.totals.itemsDone, rate) };
}

/** Items a second over the last minutes, for all batches together. */
function recentRate(overview: Overview): number | undefined {
  const from = overview.now - RECENT_MINUTES * 60_000;
  const rows = overview.throughput.filter((row) => row.at + 60_000 > from);
  const first = rows[0];
  if (!first) return undefined;
  const span = Math.max(1_000, overview.now - Math.max(first.at, from));
  return (rows.reduce((sum, row) => sum + row.items, 0) * 1000) / span;
}
