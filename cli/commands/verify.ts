import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { ExitStatus } from '../../core/domain/errors.ts';
import { formatCount } from '../../core/domain/format.ts';
import { type Api, withApi } from '../context.ts';
import { addCommand, type CommonOptions, type Result } from '../frame.ts';
import { table } from '../table.ts';

type Verdict = Awaited<ReturnType<Api['batches']['verdict']>>;

const POLL_MS = 500;
const FINDINGS_SHOWN = 50;

export function register(program: Command): void {
  addCommand<CommonOptions & { deep?: boolean }>(
    program,
    'verify <batch>',
    'compare source and target again, item by item, whatever the ledger says',
    (c) => c.option('--deep', 'compare all content property by property, not a sample'),
    (options, args) => verify(options, args[0] ?? ''),
  );
}

async function verify(options: CommonOptions & { deep?: boolean }, name: string): Promise<Result> {
  return await withApi(options, async (api, { store, keyring }) => {
    const { workHere, workerIsAlive } = await import('../../worker/here.ts');
    const { taskIds } = await api.batches.verify({ batch: name, deep: options.deep === true });
    const over = async () => {
      const state = await api.batches.tasks({ ids: taskIds });
      if (!options.json && process.stderr.isTTY) process.stderr.write(`\r${state.over} of ${state.total} compared `);
      return state.over === state.total;
    };
    const stop = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
    if (await workerIsAlive(store)) {
      while (!(await over()) && !stop.signal.aborted) await sleep(POLL_MS);
    } else {
      await workHere(store, await keyring(), ['verify'], over, stop.signal);
    }
    if (!options.json && process.stderr.isTTY) process.stderr.write('\n');
    const verdict = await api.batches.verdict({ batch: name });
    return {
      json: verdict,
      text: describeVerdict(verdict),
      exitStatus: verdict.verified ? ExitStatus.done : ExitStatus.findings,
    };
  });
}

/** A table of the members and, below it, what differs, by folder and item id. */
export function describeVerdict(verdict: Verdict): string {
  const cell = (count: number | undefined) => (count === undefined ? '-' : formatCount(count));
  const lines = table(verdict.workloads, [
    { title: 'Member', cell: (w) => w.displayName, max: 36 },
    { title: 'Grade', cell: (w) => w.grade ?? 'not compared' },
    { title: 'Source', cell: (w) => cell(w.items?.source), right: true },
    { title: 'Verified', cell: (w) => cell(w.items?.verified), right: true },
    { title: 'Different', cell: (w) => cell(w.items?.different), right: true },
    { title: 'Missing', cell: (w) => cell(w.items?.missing), right: true },
    { title: 'Extra', cell: (w) => cell(w.items?.extra), right: true },
    { title: 'Bad', cell: (w) => cell(w.items?.bad), right: true },
  ]);
  const findings = verdict.workloads.flatMap((w) =>
    w.findings.map(
      (f) =>
        `${f.kind}: ${w.displayName} ${f.folder}, ${f.itemClass}, item ${f.sourceId ?? f.targetId ?? '?'}${f.details.length > 0 ? ` (${f.details.join(', ')})` : ''}`,
    ),
  );
  const more = findings.length > FINDINGS_SHOWN ? [`… and ${formatCount(findings.length - FINDINGS_SHOWN)} more`] : [];
  const end = verdict.verified
    ? `Every one of ${formatCount(verdict.items.source)} items is verified.`
    : `${formatCount(verdict.items.verified)} of ${formatCount(verdict.items.source)} items are verified.`;
  const standing = verdict.workloads.filter(({ stands }) => stands);
  const stands = standing.map(
    ({ displayName, at }) =>
      `${displayName}: as compared after its switch${at === null ? '' : ` (${new Date(at).toISOString()})`}; its source mailbox is disconnected since.`,
  );
  return [lines, ...stands, ...findings.slice(0, FINDINGS_SHOWN), ...more, end].join('\n');
}
