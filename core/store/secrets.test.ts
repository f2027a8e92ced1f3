import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTestStore, testDialects } from '../../tests/support/stores.ts';
import { accountPassword, findAccount, setAccount } from './accounts.ts';
import { newDataKey, seal, unseal, unwrapKey, wrapKey } from './envelope.ts';
import { addForest } from './forests.ts';
import {
  approveMachine,
  KeyLostError,
  type Keyring,
  NotApprovedError,
  openKeyring,
  removeMachine,
  startOver,
} from './keyring.ts';
import { loadMachineKey, type MachineKey, newMachineKey } from './machine-key.ts';
import { ConsoleKeyLostError, listMachines, MachineRemovedError } from './machines.ts';
import { putSecret, readSecret, SecretAlteredError } from './secrets.ts';
import type { Store } from './store.ts';

describe.each(testDialects)('on %s', (dialect) => {
  let store: Store;
  let folder: string;
  beforeEach(async () => {
    store = await openTestStore(dialect);
    folder = mkdtempSync(join(tmpdir(), 'transplant-secrets-'));
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const facts = {};
  const enrol = (name: string, kind: 'console' | 'worker', key: MachineKey = newMachineKey().key) =>
    openKeyring(store, key, { name, kind, version: '1', facts });
  const owner = { record: 'account:1', purpose: 'exchange' };

  async function consoleAndWorker(): Promise<{ desk: Keyring; worker: Keyring }> {
    const { keyring: desk } = await enrol('desk', 'console');
    const { keyring: worker } = await enrol('helper', 'worker');
    await approveMachine(store, desk, worker.machineId, 'anna@desk');
    return { desk, worker };
  }

  describe('the envelope', () => {
    test('opens with the same key and context only, and shows any changed bit', () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 200 }), fc.string(), fc.nat(), (text, context, position) => {
          const key = newDataKey();
          const sealed = seal(key, text, [context, 'a']);
          expect(unseal(key, sealed, [context, 'a'])).toEqual(Buffer.from(text));
          expect(() => unseal(key, sealed, [`${context}a`])).toThrow();
          expect(() => unseal(newDataKey(), sealed, [context, 'a'])).toThrow();
          const at = position % sealed.ciphertext.length;
          sealed.ciphertext[at] = (sealed.ciphertext[at] ?? 0) ^ 1;
          expect(() => unseal(key, sealed, [context, 'a'])).toThrow();
        }),
      );
    });

    test('a wrapped key opens for its machine only', () => {
      const dataKey = newDataKey();
      const { key } = newMachineKey();
      const wrapped = wrapKey(dataKey, key.publicKeyPem, ['1']);
      expect(unwrapKey(wrapped, key.privateKey, ['1'])).toEqual(dataKey);
      expect(() => unwrapKey(wrapped, key.privateKey, ['2'])).toThrow();
      expect(() => unwrapKey(wrapped, newMachineKey().key.privateKey, ['1'])).toThrow();
      for (let at = 0; at < wrapped.length; at++) {
        const changed = Buffer.from(wrapped);
        changed[at] = (changed[at] ?? 0) ^ 1;
        expect(() => unwrapKey(changed, key.privateKey, ['1'])).toThrow();
      }
      expect(() => unwrapKey(wrapped.subarray(1), key.privateKey, ['1'])).toThrow();
    });
  });

  describe('stored secrets', () => {
    test('a worker opens them after its approval, not before', async () => {
      const { keyring: desk } = await enrol('desk', 'console');
      const id = await putSecret(store, desk, owner, 'Grüße #1');
      const { keyring: worker, machine } = await enrol('helper', 'worker');
      expect(machine.state).toBe('waiting');
      await expect(readSecret(store, worker, id, owner)).rejects.toThrow(NotApprovedError);
      await expect(readSecret(store, worker, id, owner)).rejects.toThrow(machine.fingerprint);
      await expect(putSecret(store, worker, owner, 'x')).rejects.toThrow(NotApprovedError);
      await approveMachine(store, desk, machine.id, 'anna@desk');
      expect(await readSecret(store, worker, id, owner)).toBe('Grüße #1');
      expect((await listMachines(store)).map(({ name, state, approvedBy }) => ({ name, state, approvedBy }))).toEqual([
        { name: 'desk', state: 'approved', approvedBy: 'the first console of the project' },
        { name: 'helper', state: 'approved', approvedBy: 'anna@desk' },
      ]);
    });

    test('a second console is not approved by itself, and a name cannot be taken over', async () => {
      await enrol('desk', 'console');
      expect((await enrol('desk two', 'console')).machine.state).toBe('waiting');
      await expect(enrol('DESK', 'worker')).rejects.toThrow('Another machine with another key');
    });

    test('rows that were exchanged or altered are refused by name', async () => {
      const { desk } = await consoleAndWorker();
      const first = await putSecret(store, desk, owner, 'one');
      const second = await putSecret(store, desk, { record: 'account:2', purpose: 'exchange' }, 'two');
      const rows = await store.db.selectFrom('secret').selectAll().execute();
      await expect(readSecret(store, desk, second, owner)).rejects.toThrow(SecretAlteredError);
      await expect(readSecret(store, desk, first, { ...owner, purpose: 'smtp' })).rejects.toThrow(SecretAlteredError);
      for (const row of rows) {
        const other = rows.find(({ id }) => id !== row.id);
        if (!other) throw new Error('two rows are needed');
        const { nonce, ciphertext } = other;
        await store.db.updateTable('secret').set({ nonce, ciphertext }).where('id', '=', row.id).execute();
      }
      await expect(readSecret(store, desk, first, owner)).rejects.toThrow(`secret ${first}`);
      await store.db
        .updateTable('secret')
        .set({ ciphertext: new Uint8Array(3) })
        .where('id', '=', first)
        .execute();
      await expect(readSecret(store, desk, first, owner)).rejects.toThrow(SecretAlteredError);
      await store.db.deleteFrom('secret').where('id', '=', first).execute();
      await expect(readSecret(store, desk, first, owner)).rejects.toThrow(SecretAlteredError);
    });

    test('an account is replaced in place', async () => {
      const { desk, worker } = await consoleAndWorker();
      const forest = await addForest(store, { name: 'a', role: 'source', config: { pins: [], smtpDomains: [] } });
      const account = { forestId: forest.id, purpose: 'exchange' as const, userName: 'svc' };
      const set = (change: object) =>
        store.db
          .transaction()
          .execute((trx) => setAccount(store, trx, desk, { ...account, password: 'one', ...change }));
      await set({});
      await set({ userName: 'svc2', password: 'two' });
      const found = await findAccount(store, forest.id, 'exchange');
      expect(found?.userName).toBe('svc2');
      expect(found && (await accountPassword(store, worker, found))).toBe('two');
      expect(await store.db.selectFrom('secret').select('id').execute()).toHaveLength(1);
    });
  });

  describe('removing a machine', () => {
    test('changes the data key, seals again, and hands its tasks back', async () => {
      const { desk, worker } = await consoleAndWorker();
      const { keyring: stays } = await enrol('stays', 'worker');
      await approveMachine(store, desk, stays.machineId, 'anna@desk');
      const id = await putSecret(store, desk, owner, 'one');
      const before = await store.db.selectFrom('secret').selectAll().executeTakeFirstOrThrow();
      expect(await removeMachine(store, desk, worker.machineId)).toEqual([]);
      const after = await store.db.selectFrom('secret').selectAll().executeTakeFirstOrThrow();
      expect(after.key_version).toBe(before.key_version + 1);
      expect(after.ciphertext).not.toEqual(before.ciphertext);
      expect(await readSecret(store, stays, id, owner)).toBe('one');
      await expect(readSecret(store, worker, id, owner)).rejects.toThrow(MachineRemovedError);
      expect((await store.db.selectFrom('data_key').select('version').execute()).map((row) => row.version)).toEqual([
        2, 2,
      ]);
      await expect(removeMachine(store, desk, desk.machineId)).rejects.toThrow('the one you work on');
    });

    test('a machine that somebody approved by writing to the database gets no new key', async () => {
      const { desk, worker } = await consoleAndWorker();
      const { keyring: spy } = await enrol('spy', 'worker');
      await store.db.updateTable('machine').set({ state: 'approved' }).where('id', '=', spy.machineId).execute();
      const { keyring: changed } = await enrol('changed', 'worker');
      await approveMachine(store, desk, changed.machineId, 'anna@desk');
      const { publicKeyPem } = newMachineKey().key;
      await store.db
        .updateTable('machine')
        .set({ public_key: publicKeyPem })
        .where('id', '=', changed.machineId)
        .execute();
      expect(await removeMachine(store, desk, worker.machineId)).toEqual(['spy', 'changed']);
      const holders = await store.db.selectFrom('data_key').select('machine_id').execute();
      expect(holders).toEqual([{ machine_id: desk.machineId }]);
    });

    test('a machine that was never approved goes without a new key', async () => {
      const { desk } = await consoleAndWorker();
      const { keyring: waiting } = await enrol('waiting', 'worker');
      await removeMachine(store, desk, waiting.machineId);
      expect((await listMachines(store)).map((machine) => machine.name)).toEqual(['desk', 'helper']);
      expect(await store.db.selectFrom('data_key').select('version').distinct().execute()).toEqual([{ version: 1 }]);
    });
  });

  test('after the only key is lost passwords are entered again, and nothing worse', async () => {
    const { keyring: desk } = await enrol('desk', 'console');
    const id = await putSecret(store, desk, owner, 'one');
    const { keyring: helper } = await enrol('helper', 'worker');
    await approveMachine(store, desk, helper.machineId, 'anna@desk');
    await expect(enrol('desk', 'console')).rejects.toThrow(ConsoleKeyLostError);
    const { keyring: waiting } = await enrol('new desk', 'console');
    await expect(readSecret(store, waiting, id, owner)).rejects.toThrow(NotApprovedError);
    const enrolment = { name: 'desk', kind: 'console', version: '1', facts } as const;
    const { keyring: fresh, waiting: again } = await startOver(store, newMachineKey().key, enrolment, 'anna@desk');
    expect(again.sort()).toEqual(['helper', 'new desk']);
    expect((await listMachines(store)).filter(({ state }) => state === 'approved').map(({ name }) => name)).toEqual([
      'desk',
    ]);
    await expect(putSecret(store, helper, owner, 'x')).rejects.toThrow(NotApprovedError);
    await expect(readSecret(store, fresh, id, owner)).rejects.toThrow(KeyLostError);
    expect(await putSecret(store, fresh, owner, 'again', { replaces: id })).toBe(id);
    expect(await readSecret(store, fresh, id, owner)).toBe('again');
    await expect(readSecret(store, desk, id, owner)).rejects.toThrow(KeyLostError);
    await store.db.deleteFrom('machine').execute();
    const { keyring: third } = await enrol('third', 'console');
    await expect(readSecret(store, third, id, owner)).rejects.toThrow(KeyLostError);
  });

  describe('the key file', () => {
    test('is made once, for this user alone, with a warning, and found again', async () => {
      const file = join(folder, 'keys', 'machine-key.pem');
      const warnings: string[] = [];
      const warn = (text: string) => warnings.push(text);
      const [first, second] = await Promise.all([loadMachineKey(file, warn), loadMachineKey(file, warn)]);
      expect(first.publicKeyPem).toBe(second.publicKeyPem);
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(warnings).toEqual([expect.stringContaining('only this user may read')]);
      chmodSync(file, 0o644);
      expect((await loadMachineKey(file, warn)).publicKeyPem).toBe(first.publicKeyPem);
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(warnings[1]).toContain('could be read by others');
    });

    test('a damaged one is named and kept', async () => {
      const file = join(folder, 'machine-key.pem');
      writeFileSync(file, 'not a key', { mode: 0o600 });
      await expect(loadMachineKey(file, () => {})).rejects.toThrow('damaged or of another kind');
      expect(readFileSync(file, 'utf8')).toBe('not a key');
    });

    test('many processes that start at once use one key', async () => {
      const file = join(folder, 'machine-key.pem');
      const program = `import { loadMachineKey } from ${JSON.stringify(join(import.meta.dirname, 'machine-key.ts'))};
      console.log(JSON.stringify((await loadMachineKey(${JSON.stringify(file)}, () => {})).publicKeyPem));`;
      const keys = await Promise.all(
        Array.from({ length: 5 }, async () => {
          const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
            stdio: ['ignore', 'pipe', 'inherit'],
          });
          let text = '';
          for await (const chunk of child.stdout) text += chunk;
          return text;
        }),
      );
      expect(new Set(keys).size).toBe(1);
      expect(keys[0]).toContain('PUBLIC KEY');
    });
  });
});
