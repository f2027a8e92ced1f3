import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { appendAudit, verifyAudit } from '../../core/store/audit.ts';
import { upsertMany } from '../../core/store/bulk.ts';
import { createDatabase, upgradeDatabase } from '../../core/store/create.ts';
import { addForest, findForest } from '../../core/store/forests.ts';
import { openStore } from '../../core/store/open.ts';
import { inspectDatabase } from '../../core/store/status.ts';
import { describeWith } from '../support/parts.ts';
import { emptyDatabase, onServer, testServerUrl } from '../support/stores.ts';

describeWith('mssql', 'a database on a server', () => {
  const suffix = randomBytes(5).toString('hex');
  const login = `transplant_app_${suffix}`;
  const password = `Aa1!${randomBytes(9).toString('hex')}`;
  const database = `transplant_made_${suffix}`;
  const admin = testServerUrl(database);
  const setup = { user: decodeURIComponent(admin.username), auth: 'sql', password: decodeURIComponent(admin.password) };
  const application = testServerUrl(database);
  application.username = login;
  application.password = password;

  beforeAll(() => onServer(`CREATE LOGIN ${login} WITH PASSWORD = '${password}'`));
  afterAll(async () => {
    await onServer(`DROP DATABASE ${database}`).catch(() => undefined);
    await onServer(`DROP LOGIN ${login}`).catch(() => undefined);
  });

  test('is made by a setup account, and then worked with by the application login alone', async () => {
    const made = await createDatabase(application.href, setup);
    expect(made.status).toMatchObject({ schema: 'current', encrypted: true, dialect: 'mssql' });
    expect(made.status.rights.map(({ right }) => right)).toEqual(
      expect.arrayContaining(['db_datareader', 'db_datawriter']),
    );
    expect(made.status.rights.every(({ has }) => has)).toBe(true);
    expect(JSON.stringify(made)).not.toContain(password);
    const store = await openStore(application.href);
    await addForest(store, { name: 'Nörth', role: 'source', config: { pins: [], smtpDomains: [] } });
    expect((await findForest(store, 'NÖRTH'))?.name).toBe('Nörth');
    await appendAudit(store, [{ who: 'a', host: 'b', action: 'c', object: 'd' }]);
    expect((await verifyAudit(store)).findings).toEqual([]);
    await store.close();
    expect((await createDatabase(application.href, setup)).applied).toEqual([]);
    expect((await upgradeDatabase(application.href)).applied).toEqual([]);
  });

  test('tells which rights are missing, and the statement that grants them', async () => {
    const own = await openStore(admin.href);
    await sql.raw(`ALTER ROLE db_datawriter DROP MEMBER ${login}`).execute(own.db);
    const status = await inspectDatabase(application.href);
    const [missing, ...others] = status.rights.filter(({ has }) => !has);
    expect(others).toEqual([]);
    expect(missing).toMatchObject({ right: 'db_datawriter', grant: `ALTER ROLE db_datawriter ADD MEMBER [${login}];` });
    await sql.raw(missing?.grant ?? '').execute(own.db);
    expect((await inspectDatabase(application.href)).rights.every(({ has }) => has)).toBe(true);
    await own.close();
  });

  test('a login the server does not know is named', async () => {
    const stranger = testServerUrl(database);
    stranger.username = 'nobody_known';
    await expect(createDatabase(stranger.href, setup)).rejects.toThrow('CREATE LOGIN [nobody_known]');
  });

  test('collation and date format of the server decide nothing', async () => {
    const url = new URL(await emptyDatabase('mssql'));
    const name = url.pathname.slice(1);
    await onServer(`DROP DATABASE ${name}`);
    // Babelfish makes databases of some collations only; a binary one tells upper case from lower case as well.
    await onServer(`CREATE DATABASE ${name} COLLATE Latin1_General_CS_AS`).catch(() =>
      onServer(`CREATE DATABASE ${name} COLLATE Latin1_General_BIN2`),
    );
    const { status } = await createDatabase(url.href);
    expect(status).toMatchObject({ schema: 'current', caseSensitive: true });
    for (const place of [url.href, application.href]) {
      const store = await openStore(place);
      const rows = ['ä', 'Ä', 'a', 'A', 'ß', 'ss', 'İ', 'i'].map((key) => ({ name: `key ${key}`, value: key }));
      await upsertMany(store, store.db, 'setting', rows, { key: ['name'] });
      await upsertMany(store, store.db, 'setting', rows, { key: ['name'] });
      const stored = await store.db
        .selectFrom('setting')
        .select('value')
        .where('name', 'like', 'key %')
        .orderBy('name')
        .execute();
      expect(stored.map(({ value }) => value)).toEqual(['A', 'a', 'i', 'ss', 'Ä', 'ß', 'ä', 'İ']);
      for (const format of ['dmy', 'ydm', 'mdy']) {
        const { rows: told } = await sql<{ now: number }>`
          SET DATEFORMAT ${sql.raw(format)}; SELECT ${store.nowSql} AS now`.execute(store.db);
        expect(Math.abs((told[0]?.now ?? 0) - Date.now())).toBeLessThan(60_000);
      }
      await store.close();
    }
  });
});

describe('creating twice', () => {
  test('changes nothing', async () => {
    const url = await emptyDatabase('sqlite');
    expect((await createDatabase(url)).applied).toEqual([1]);
    expect((await createDatabase(url)).applied).toEqual([]);
    expect((await upgradeDatabase(url)).applied).toEqual([]);
    await expect(upgradeDatabase(`${url}.other`)).rejects.toThrow('There is no such file');
  });
});
