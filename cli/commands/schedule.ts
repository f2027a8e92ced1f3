import type { Command } from 'commander';
import { UsageError } from '../../core/domain/errors.ts';
import { withApi } from '../context.ts';
import { addCommand, type CommonOptions, type Result } from '../frame.ts';
import { table } from '../table.ts';
import { windowOf } from './batch-schedule.ts';

interface AddOptions extends CommonOptions {
  window?: string;
  blackout?: string;
  site?: string;
  server?: string;
  batch?: string;
  endpoint?: string;
  timeZone?: string;
  reason?: string;
}

interface ShowOptions extends CommonOptions {
  days?: string;
}

const DAY = 86_400_000;

export function register(program: Command): void {
  const group = program.command('schedule').description('when work may run: windows and blackouts by time zone');
  addCommand<AddOptions>(
    group,
    'add',
    'add a window (work only then) or a blackout (no work then); for everything unless told otherwise',
    (c) =>
      c
        .option('--window <when>', '"Mon-Fri 22:00-06:00 Europe/Oslo"')
        .option('--blackout <when>', 'as --window, or "2026-12-24T00:00..2026-12-27T00:00"')
        .option('--site <name>', 'for the servers of a site (schedule site)')
        .option('--server <name>', 'for the mailboxes of a server, by its name in the directory')
        .option('--batch <name>', 'for one batch')
        .option('--endpoint <name>', 'for an endpoint as tasks carry it, such as publicFolders:source')
        .option('--time-zone <zone>', 'IANA zone (default: of this machine)')
        .option('--reason <text>', 'what people read who wait'),
    add,
  );
  addCommand<CommonOptions>(
    group,
    'remove <id>',
    'take a window or blackout away',
    (c) => c,
    async (options, args) =>
      await withApi(options, async (api) => {
        const { removed } = await api.schedule.removeWindow({ id: Number(args[0]) });
        return { json: { removed }, text: removed ? 'It is gone.' : 'There is none with this number.' };
      }),
  );
  addCommand<CommonOptions>(
    group,
    'site <name> [servers...]',
    'say which servers stand at a site; without servers the site is taken away',
    (c) => c,
    site,
  );
  addCommand<ShowOptions>(
    group,
    'show',
    'batches with their times, and when nothing runs',
    (c) => c.option('--days <days>', 'how far ahead (default: 14)'),
    show,
  );
}

async function add(options: AddOptions): Promise<Result> {
  const text = options.window ?? options.blackout;
  const scopes = [
    ...(options.site !== undefined ? [`site:${options.site}`] : []),
    ...(options.server !== undefined ? [`server:${options.server.toLowerCase()}`] : []),
    ...(options.endpoint !== undefined ? [options.endpoint] : []),
  ];
  if (text === undefined || (options.window !== undefined && options.blackout !== undefined) || scopes.length > 1) {
    throw new UsageError({
      tried: 'add a window',
      happened: 'It is not clear which, or for whom.',
      next: 'Give one of --window or --blackout, and at most one of --site, --server, --endpoint and --batch.',
    });
  }
  const { rule, zone } = windowOf(text);
  return await withApi(options, async (api) => {
    const made = await api.schedule.addWindow({
      ...(options.batch === undefined ? { scope: scopes[0] ?? '*' } : { batch: options.batch }),
      kind: options.window === undefined ? 'blackout' : 'open',
      zone: zone ?? options.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
      rule,
      reason: options.reason ?? 'planned',
    });
    return { json: made, text: `Number ${made.id}, for ${made.scope}.` };
  });
}

async function site(options: CommonOptions, [name = '', ...servers]: string[]): Promise<Result> {
  return await withApi(options, async (api) => {
    const { sites } = await api.schedule.windows();
    const { [name]: _before, ...others } = sites;
    const now = await api.schedule.setSites({ sites: servers.length === 0 ? others : { ...others, [name]: servers } });
    return {
      json: now,
      text: Object.entries(now)
        .map(([one, list]) => `${one}: ${list.join(', ')}`)
        .join('\n'),
    };
  });
}

async function show(options: ShowOptions): Promise<Result> {
  return await withApi(options, async (api) => {
    const now = Date.now();
    const line = await api.schedule.timeLine({ from: now - DAY, to: now + Number(options.days ?? 14) * DAY });
    const { windows, sites } = await api.schedule.windows();
    const iso = (at: number) => new Date(at).toISOString().slice(0, 16);
    const times = line.batches.flatMap(({ name, schedule }) => schedule.map((one) => ({ name, ...one })));
    const text = [
      table(times, [
        { title: 'Batch', cell: (t) => t.name },
        { title: 'What', cell: (t) => t.kind },
        { title: 'When', cell: (t) => `${t.wall} ${t.zone}` },
        { title: 'UTC', cell: (t) => iso(t.at) },
        { title: 'State', cell: (t) => t.state },
        { title: 'Why', cell: (t) => t.note ?? '' },
      ]),
      table(windows, [
        { title: 'No.', cell: (w) => String(w.id), right: true },
        { title: 'For', cell: (w) => w.scope },
        { title: 'What', cell: (w) => (w.kind === 'open' ? 'only then' : 'not then') },
        { title: 'When', cell: (w) => `${w.words} ${w.zone}` },
        { title: 'Why', cell: (w) => w.reason },
      ]),
      ...line.closed.flatMap(({ scope, spans }) =>
        spans.slice(0, 3).map(({ from, to }) => `${scope} is closed ${iso(from)} to ${iso(to)} UTC`),
      ),
    ].join('\n');
    return { json: { ...line, windows, sites }, text };
  });
}
