import type { Finding } from '../../domain/checks.ts';
import { formatBytes, formatDuration } from '../../domain/format.ts';
import { type Check, failed, notApplicable, notTried, passed, REQUIREMENTS, warning } from '../check.ts';
import { addressOf } from '../endpoints.ts';
import type { PreflightEnvironment } from '../environment.ts';
import { sentence } from '../explain.ts';
import { probePort } from '../ports/probe.ts';
import { askBrowser } from '../sql/browser.ts';
import { queryOf, readRow, readRows, type SqlQuery } from '../sql/facts.ts';
import { judgeRights, judgeVersion } from '../sql/judge.ts';

const PAGE = 8192;
const GB = 1024 ** 3;
const DATABASE_BYTES = 4 * GB;
const DAY = 86_400_000;
const MAX_SKEW_MS = 30_000;

/** The database server. The embedded database has none of this, and says so. */
export function sqlChecks(environment: PreflightEnvironment): Check[] {
  const { database, store } = environment;
  if (store.dialect !== 'mssql' || !database) return [embedded(environment)];
  const query = queryOf(store);
  const object = addressOf(database);
  const make = (
    id: string,
    title: string,
    requirement: string,
    how: string,
    run: () => Promise<Finding>,
    source: string = REQUIREMENTS.sql,
    blocks = false,
  ): Check => ({
    id: `sql.${id}`,
    group: 'sql',
    title,
    object,
    requirement: { text: requirement, source },
    how,
    blocks,
    run: () => run().catch((error: unknown) => notTried(`the server did not answer the question: ${sentence(error)}`)),
  });
  return [
    make(
      'reachable',
      'The SQL Server answers',
      'Network connectivity to SQL Server',
      'TCP connect and a TDS pre-login.',
      () => reachable(environment),
      REQUIREMENTS.sql,
      true,
    ),
    make(
      'browser',
      'A named instance is found',
      'The SQL Server Browser service is running, where the instance is named',
      'UDP 1434, the question of every client ([MS-SQLR]).',
      () => browser(environment),
    ),
    make(
      'version',
      'The version is supported',
      'SQL Server 2014 SP2 CU13, 2016 SP2 CU3, 2017 CU11 or later; 2012 Express SP2',
      'SERVERPROPERTY.',
      async () =>
        judgeVersion((await readRow(query, 'version')) ?? { version: null, edition: null, engine: null }, Date.now()),
    ),
    make(
      'encryption',
      'The connection is encrypted',
      'Passwords and data do not cross the network in the clear',
      'sys.dm_exec_connections for this session.',
      () => encryption(query),
      REQUIREMENTS.tls,
      true,
    ),
    make(
      'login',
      'The login is known',
      'A Windows or SQL login',
      'CONNECTIONPROPERTY.',
      () => loginKind(query),
      REQUIREMENTS.sqlAccounts,
    ),
    make(
      'rights',
      'The account has the rights it needs, and no more',
      'db_datareader, db_datawriter and db_ddladmin; dbcreator for the setup account only',
      'IS_ROLEMEMBER and IS_SRVROLEMEMBER.',
      async () => judgeRights(await readRow(query, 'rights')),
      REQUIREMENTS.sqlAccounts,
      true,
    ),
    make(
      'collation',
      'The collation is as the program can use it',
      'Names are compared by the program itself, so any collation will do',
      'DATABASEPROPERTYEX.',
      () => collation(query),
      REQUIREMENTS.ours,
    ),
    make(
      'space',
      'The database has room',
      `${formatBytes(DATABASE_BYTES)} for the database`,
      'sys.database_files and sys.dm_os_volume_stats.',
      () => space(query),
      REQUIREMENTS.hardware,
    ),
    make(
      'backup',
      'There is a recent backup',
      'A backup not older than a day while the migration runs',
      'msdb.dbo.backupset.',
      () => backup(query),
      REQUIREMENTS.ours,
    ),
    make(
      'clock',
      'The database’s clock agrees with ours',
      `Within ${MAX_SKEW_MS / 1000} s: the database’s clock decides leases and schedules`,
      'SYSUTCDATETIME against this machine.',
      () => clock(query),
      REQUIREMENTS.ours,
    ),
  ];
}

function embedded(environment: PreflightEnvironment): Check {
  return {
    id: 'sql.embedded',
    group: 'sql',
    title: 'The embedded database is whole',
    object: environment.store.url,
    requirement: {
      text: 'A database that is whole; SQL Server where workers run on several machines',
      source: REQUIREMENTS.sql,
    },
    how: 'PRAGMA quick_check.',
    blocks: true,
    async run() {
      const rows = await queryOf(environment.store)('PRAGMA quick_check(3)');
      const words = rows.map((row) => String(Object.values(row as Record<string, unknown>)[0]));
      if (words.length !== 1 || words[0] !== 'ok') {
        return failed(words, { text: 'Restore the database from a backup: its file is damaged.' });
      }
      return passed(
        'quick_check: ok',
        'the embedded database serves workers on this machine; for workers on others use SQL Server',
      );
    },
  };
}

async function reachable({ database, limitMs }: PreflightEnvironment): Promise<Finding> {
  if (!database) return notApplicable('the embedded database needs no server');
  const result = await probePort(
    { host: database.host, port: database.port, protocol: 'tcp', servicePort: 1433 },
    limitMs,
  );
  const evidence = `${addressOf(database)}: ${result.outcome}, ${result.detail}`;
  if (result.outcome === 'open') return passed(evidence);
  return failed(evidence, {
    text: 'Start SQL Server, enable TCP/IP for it in SQL Server Configuration Manager, and let its port through the firewall.',
    script: {
      shell: 'powershell',
      where: 'the database server, as administrator',
      code: `New-NetFirewallRule -DisplayName 'SQL Server' -Direction Inbound -Action Allow -Protocol TCP -LocalPort ${database.port}`,
    },
  });
}

async function browser({ database, limitMs }: PreflightEnvironment): Promise<Finding> {
  if (!database?.instance) return notApplicable('the address names a port, so nobody has to be asked for it');
  const wanted = database.instance.toLowerCase();
  const instances = await askBrowser(database.host, Math.min(limitMs, 3_000));
  if (!instances) {
    return failed(`UDP 1434 of ${database.host} does not answer`, {
      text: 'Start the SQL Server Browser service and let UDP 1434 through, or give the instance a fixed port and name it in the address.',
      script: {
        shell: 'powershell',
        where: 'the database server, as administrator',
        code: "Set-Service SQLBrowser -StartupType Automatic; Start-Service SQLBrowser\nNew-NetFirewallRule -DisplayName 'SQL Browser' -Direction Inbound -Action Allow -Protocol UDP -LocalPort 1434",
      },
    });
  }
  const found = instances.find(({ instance }) => instance.toLowerCase() === wanted);
  const evidence = instances.map(
    ({ instance, version, tcpPort }) =>
      `${instance} ${version} on ${tcpPort === undefined ? 'no TCP port' : `TCP ${tcpPort}`}`,
  );
  if (found?.tcpPort !== undefined) return passed(...evidence);
  return failed(evidence.length > 0 ? evidence : 'no instance is announced', {
    text: found
      ? 'Enable TCP/IP for the instance in SQL Server Configuration Manager and restart it.'
      : `There is no instance ${database.instance} there: correct the address.`,
  });
}

async function encryption(query: SqlQuery): Promise<Finding> {
  const row = await readRow(query, 'encryption');
  if (!row?.encrypted) return notTried('the server does not tell whether this session is encrypted');
  if (row.encrypted === 'TRUE') return passed('this session is encrypted');
  return failed('this session is not encrypted', {
    text: 'Leave encrypt=false out of the address (--db); encryption is the default.',
  });
}

async function loginKind(query: SqlQuery): Promise<Finding> {
  const row = await readRow(query, 'login');
  const kind = row?.scheme === 'SQL' ? 'SQL login' : `Windows login (${row?.scheme ?? 'unknown'})`;
  return passed(`${row?.login ?? 'unknown'}: ${kind}, database ${row?.db ?? 'unknown'}`);
}

async function collation(query: SqlQuery): Promise<Finding> {
  const row = await readRow(query, 'collation');
  return passed(`database ${row?.db ?? 'unknown'}, server ${row?.server ?? 'unknown'}`);
}

/** Express editions stop at 10 GB of data (Microsoft, editions of SQL Server). */
const EXPRESS_BYTES = 10 * GB;

async function space(query: SqlQuery): Promise<Finding> {
  const files = (await readRows(query, 'files')).filter(({ kind }) => kind === 'ROWS');
  const sum = (value: (file: (typeof files)[number]) => number | null): number =>
    files.reduce((total, file) => total + (value(file) ?? 0), 0);
  const size = sum(({ pages }) => pages) * PAGE;
  const used = sum((file) => file.used) * PAGE;
  const limited = files.every(({ max_pages }) => max_pages !== null && max_pages > 0);
  const ceiling = limited ? sum(({ max_pages }) => max_pages) * PAGE : Number.POSITIVE_INFINITY;
  const express = /Express/i.test((await readRow(query, 'version'))?.edition ?? '')
    ? EXPRESS_BYTES
    : Number.POSITIVE_INFINITY;
  const free = await readRow(query, 'volume').then(
    (row) => row?.free ?? undefined,
    () => undefined,
  );
  const room = Math.min(
    ceiling - used,
    express - used,
    free === undefined ? Number.POSITIVE_INFINITY : free + size - used,
  );
  const evidence = [
    `${formatBytes(used)} used of ${formatBytes(size)}`,
    free === undefined
      ? 'the login may not see how much of the disk is free (VIEW SERVER STATE)'
      : `${formatBytes(free)} free on the disk`,
    ...(Number.isFinite(express) ? ['Express edition: 10 GB at most'] : []),
  ];
  if (!Number.isFinite(room)) return notTried(evidence.join('; '));
  if (used + room >= DATABASE_BYTES) return passed(...evidence);
  return failed(evidence, {
    text: `Give the database ${formatBytes(DATABASE_BYTES)}: a larger disk, or a higher limit of its file.`,
  });
}

async function backup(query: SqlQuery): Promise<Finding> {
  const row = await readRow(query, 'backup');
  const remedy = {
    text: 'Back the database up daily while the migration runs: the ledger in it is the proof of what was moved.',
    script: {
      shell: 'sql' as const,
      where: 'the database server, as its administrator',
      code: "DECLARE @db sysname = DB_NAME();\nBACKUP DATABASE @db TO DISK = N'transplant.bak' WITH CHECKSUM, COMPRESSION;",
    },
  };
  if (row?.minutes === null || row?.minutes === undefined)
    return warning('no backup of this database is on record', remedy);
  const age = row.minutes * 60_000;
  const evidence = `the last backup is ${formatDuration(age)} old`;
  return age <= DAY ? passed(evidence) : warning(evidence, remedy);
}

async function clock(query: SqlQuery): Promise<Finding> {
  const before = Date.now();
  const row = await readRow(query, 'clock');
  const middle = (before + Date.now()) / 2;
  if (row?.now === null || row?.now === undefined) return notTried('the server did not tell the time');
  const offset = row.now - middle;
  const evidence = `the database is ${(Math.abs(offset) / 1000).toFixed(1)} s ${offset >= 0 ? 'ahead of' : 'behind'} this machine`;
  if (Math.abs(offset) <= MAX_SKEW_MS) return passed(evidence);
  return warning(evidence, {
    text: 'Let both machines take their time from one source; until then times on screens may look odd, but leases hold.',
  });
}
