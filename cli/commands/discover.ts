import type { Command } from 'commander';
import { ExitStatus } from '../../core/domain/errors.ts';
import { formatCount } from '../../core/domain/format.ts';
import { type Api, withApi } from '../context.ts';
import { addCommand, type CommonOptions } from '../frame.ts';
import { clean } from '../table.ts';

interface DiscoverOptions extends CommonOptions {
  full?: boolean;
}

const PROBLEMS_SHOWN = 20;
const SHOW_EVERY_MS = 500;

export function register(program: Command): void {
  addCommand<DiscoverOptions>(
    program,
    'discover <forest>',
    "read a forest's recipients; a second call reads only what changed",
    (c) => c.option('--full', 'read everything again'),
    (options, args) =>
      withApi(options, async (api) => {
        const forest = args[0] ?? '';
        const result = await watched(api, forest, api.discover.run({ forest, full: options.full === true }));
        return {
          json: result,
          text: describe(result),
          exitStatus: result.problems.length > 0 ? ExitStatus.findings : ExitStatus.done,
        };
      }),
  );
}

type Result = Awaited<ReturnType<Api['discover']['run']>>;

function describe(result: Result): string {
  const kinds = Object.entries(result.recipients).map(([kind, n]) => `${formatCount(n)} ${kind}`);
  const what = { full: 'Read all of it', resumed: 'Went on where the last read ended', delta: 'Read what changed' };
  return [
    `${what[result.mode]}: ${formatCount(result.read)} objects, ${formatCount(result.gone)} gone, ${formatCount(result.queries)} queries.`,
    `Forest ${result.forest} now has ${formatCount(result.total)} recipients: ${kinds.join(', ') || 'none'}.`,
    ...result.notes.map((note) => `Note: ${note}`),
    ...(result.problems.length > 0 ? [`${formatCount(result.problems.length)} problems:`] : []),
    ...result.problems.slice(0, PROBLEMS_SHOWN).map((p) => `  ${clean(p.dn)}: ${clean(p.reason)}`),
    ...(result.problems.length > PROBLEMS_SHOWN ? ['  … (--json has them all)'] : []),
  ].join('\n');
}

/** Shows on stderr how far it is, and turns Ctrl+C into a cancel that keeps what was read. */
async function watched<T>(api: Api, forest: string, work: Promise<T>): Promise<T> {
  const cancel = () => void api.discover.cancel({ forest });
  process.once('SIGINT', cancel);
  const shown = process.stderr.isTTY ? setInterval(() => void show(api, forest), SHOW_EVERY_MS) : undefined;
  try {
    return await work;
  } finally {
    clearInterval(shown);
    if (shown) process.stderr.write('\r\u001b[K');
    process.off('SIGINT', cancel);
  }
}

async function show(api: Api, forest: string): Promise<void> {
  const { progress } = await api.discover.progress({ forest });
  if (!progress) return;
  const of = progress.total === undefined ? '' : ` of about ${formatCount(progress.total)}`;
  const left = progress.leftMs === undefined ? '' : `, ${Math.ceil(progress.leftMs / 1000)} s left`;
  process.stderr.write(`\r\u001b[K${formatCount(progress.read)}${of} objects${left}`);
}
