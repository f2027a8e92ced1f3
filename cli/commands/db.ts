import { mkdirSync } from 'node:fs';
import type { Command } from 'commander';
import { databaseUrl, dataFolder } from '../../core/api/paths.ts';
import { ExitStatus } from '../../core/domain/errors.ts';
import { formatBytes } from '../../core/domain/format.ts';
import type { DatabaseStatus } from '../../core/store/status.ts';
import { addCommand, type CommonOptions, type Result, readSecret } from '../frame.ts';

interface CreateOptions extends CommonOptions {
  setupUser?: string;
  setupAuth?: string;
  passwordStdin?: boolean;
  passwordEnv?: string;
}

export function register(program: Command): void {
  const group = program.command('db').description('the database that holds a project');
  addCommand<CreateOptions>(
    group,
    'create',
    'create the database, its tables and, on SQL Server, the rights of the application login',
    (c) =>
      c
        .option('--setup-user <user>', 'SQL Server: an account that may create databases; it is not needed afterwards')
        .option('--setup-auth <kind>', 'how that account signs in: sql, ntlm (DOMAIN\\user) or azure (a token)', 'sql')
        .option('--password-stdin', "read the setup account's password or token from standard input")
        .option('--password-env <name>', "read the setup account's password or token from this environment variable"),
    create,
  );
  addCommand<CommonOptions>(group, 'upgrade', 'bring the tables up to date', (c) => c, upgrade);
  addCommand<CommonOptions>(group, 'status', 'say what the database is and what is missing', (c) => c, status);
}

function urlOf(options: CommonOptions): string {
  const { url, named } = databaseUrl(options.db);
  if (!named) mkdirSync(dataFolder(), { recursive: true, mode: 0o700 });
  return url;
}

async function create(options: CreateOptions): Promise<Result> {
  const url = urlOf(options);
  const { createDatabase } = await import('../../core/store/create.ts');
  const user = options.setupUser;
  const setup =
    user === undefined
      ? undefined
      : { user, auth: options.setupAuth ?? 'sql', password: await readSecret(options, user) };
  const { applied, status: after } = await createDatabase(url, setup);
  const text = applied.length
    ? `Created ${after.url} (migration ${applied.join(', ')}).`
    : `${after.url} was there already and is up to date.`;
  return { json: { ...after, appliedNow: applied }, text: `${text}\n${describe(after)}`, exitStatus: judge(after) };
}

async function upgrade(options: CommonOptions): Promise<Result> {
  const { upgradeDatabase } = await import('../../core/store/create.ts');
  const { applied, status: after } = await upgradeDatabase(urlOf(options));
  const text = applied.length ? `Applied migration ${applied.join(', ')}.` : 'It was up to date.';
  return { json: { ...after, appliedNow: applied }, text: `${text}\n${describe(after)}` };
}

async function status(options: CommonOptions): Promise<Result> {
  const { inspectDatabase } = await import('../../core/store/status.ts');
  const found = await inspectDatabase(urlOf(options));
  return { json: found, text: describe(found), exitStatus: judge(found) };
}

const judge = (found: DatabaseStatus) =>
  found.schema === 'current' && found.rights.every(({ has }) => has) ? ExitStatus.done : ExitStatus.findings;

const SCHEMA_TEXT: Record<DatabaseStatus['schema'], string> = {
  absent: 'no tables yet; create them with: transplant db create',
  older: 'older than this program; bring it up to date with: transplant db upgrade',
  current: 'up to date',
  newer: 'newer than this program; install the newer version',
  changed: 'a migration was changed after it was applied; install the released program again',
};

function describe(found: DatabaseStatus): string {
  const missing = found.rights.filter(({ has }) => !has);
  const lines: [string, string][] = [
    ['Database', found.url],
    ['Server', `${found.server}, ${found.version}, ${found.edition}`],
    ['Collation', `${found.collation} (${found.caseSensitive ? 'case-sensitive' : 'case-insensitive'})`],
    ['Account', found.account],
    ['Size', formatBytes(found.bytes)],
    ['Tables', SCHEMA_TEXT[found.schema]],
    ...(found.encrypted === undefined
      ? []
      : [['Connection', found.encrypted ? 'encrypted' : 'NOT encrypted'] as [string, string]]),
    ...(found.rights.length
      ? [['Rights', found.rights.map(({ right, has }) => `${right} ${has ? '✓' : '✕'}`).join(', ')] as [string, string]]
      : []),
  ];
  const told = lines.map(([word, value]) => `  ${word.padEnd(12)}${value}`).join('\n');
  if (missing.length === 0) return `${told}\n`;
  return `${told}\n  An administrator of the server grants what is missing with:\n${missing.map(({ grant }) => `    ${grant}`).join('\n')}\n`;
}
