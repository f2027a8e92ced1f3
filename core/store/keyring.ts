import { timingSafeEqual } from 'node:crypto';
import type { Transaction } from 'kysely';
import { TransplantError, UsageError } from '../domain/errors.ts';
import { nameKey } from '../domain/name-key.ts';
import { mark, newDataKey, seal, unseal, unwrapKey, wrapKey } from './envelope.ts';
import type { MachineKey } from './machine-key.ts';
import {
  type Enrolment,
  enrolMachine,
  findMachine,
  keyFingerprint,
  type Machine,
  MachineRemovedError,
} from './machines.ts';
import type { Database } from './schema.ts';
import type { Store } from './store.ts';
import { takeTurn } from './turn.ts';

/** This machine waits for somebody to approve it. */
export class NotApprovedError extends TransplantError {
  constructor(machine: Pick<Machine, 'name' | 'fingerprint'>) {
    super({
      tried: 'open the stored passwords',
      happened: `This machine (${machine.name}) is not approved yet; the fingerprint of its key is ${machine.fingerprint}.`,
      next:
        `Compare the fingerprint and approve it on an approved machine: transplant worker approve "${machine.name}". ` +
        'Where no approved console is left: transplant account new-key --yes (in the console: Settings), and enter the passwords again.',
    });
  }
}

/** This machine does not have the data key of a secret, because its own key was lost or is new. */
export class KeyLostError extends TransplantError {
  constructor(what: string) {
    super({
      tried: `open ${what}`,
      happened: 'This machine does not have the key it was stored under.',
      next: 'Enter it again with: transplant account set FOREST PURPOSE --user U --password-stdin. Nothing else is lost.',
    });
  }
}

/**
 * What this machine can open: the data keys that are wrapped to its public key. The newest version seals, older ones
 * only open.
 */
export class Keyring {
  readonly machineId: number;
  readonly #key: MachineKey;
  readonly #store: Store;
  readonly #opened = new Map<number, Buffer>();

  constructor(store: Store, machineId: number, key: MachineKey) {
    this.#store = store;
    this.machineId = machineId;
    this.#key = key;
  }

  /** The data key of one version, or undefined when it is not wrapped to this machine. */
  async open(version: number, db = this.#store.db): Promise<Buffer | undefined> {
    const known = this.#opened.get(version);
    if (known) return known;
    const row = await db
      .selectFrom('data_key')
      .select('wrapped')
      .where('version', '=', version)
      .where('machine_id', '=', this.machineId)
      .executeTakeFirst();
    if (!row) return undefined;
    try {
      const dataKey = unwrapKey(row.wrapped, this.#key.privateKey, wrapContext(version, this.machineId));
      this.#opened.set(version, dataKey);
      return dataKey;
    } catch {
      // Wrapped for a key this machine had before, or altered: either way it opens nothing here.
      return undefined;
    }
  }

  /** The newest data key. @throws NotApprovedError, MachineRemovedError, KeyLostError */
  async current(db = this.#store.db): Promise<{ version: number; dataKey: Buffer }> {
    const version = await newestVersion(db);
    const dataKey = version === 0 ? undefined : await this.open(version, db);
    if (dataKey) return { version, dataKey };
    const machine = await findMachine(this.#store, this.machineId);
    if (!machine) throw new MachineRemovedError();
    if (machine.state === 'waiting') throw new NotApprovedError(machine);
    throw new KeyLostError('the stored passwords');
  }

  get publicKeyPem(): string {
    return this.#key.publicKeyPem;
  }
}

const wrapContext = (version: number, machineId: number) => ['data key', String(version), String(machineId)];
const approvalParts = (machine: { id: number; public_key: string }) => [
  'approved machine',
  String(machine.id),
  machine.public_key,
];

async function newestVersion(db: Store['db']): Promise<number> {
  const row = await db
    .selectFrom('data_key')
    .select((eb) => eb.fn.max('version').as('version'))
    .executeTakeFirst();
  return Number(row?.version ?? 0);
}

/**
 * Enrols this machine and gives its keyring. The first console of a project approves itself, since there is nobody
 * else to ask; every other machine waits.
 */
export async function openKeyring(
  store: Store,
  key: MachineKey,
  enrolment: Omit<Enrolment, 'publicKey'>,
): Promise<{ keyring: Keyring; machine: Machine }> {
  let machine = await enrolMachine(store, { ...enrolment, publicKey: key.publicKeyPem });
  if (machine.kind === 'console' && machine.state === 'waiting') {
    await store.db.transaction().execute(async (trx) => {
      await takeTurn(store, trx);
      const other = await trx.selectFrom('data_key').select('version').limit(1).executeTakeFirst();
      if (!other) await startDataKey(store, trx, machine.id, 'the first console of the project');
    });
    machine = (await findMachine(store, machine.id)) ?? machine;
  }
  return { keyring: new Keyring(store, machine.id, key), machine };
}

/** Makes a data key of a new version, wraps it to the machine and approves the machine with it. */
async function startDataKey(store: Store, trx: Transaction<Database>, machineId: number, by: string): Promise<void> {
  // Never a version that was used before: secrets may be left from a key that nobody has any more.
  const used = await trx
    .selectFrom('secret')
    .select((eb) => eb.fn.max('key_version').as('version'))
    .executeTakeFirst();
  const version = Math.max(await newestVersion(trx), Number(used?.version ?? 0)) + 1;
  await approveWith(store, trx, machineId, version, newDataKey(), by);
}

/** Approves a machine: wraps a data key to it, and marks with that key that a holder of it has done so. */
async function approveWith(
  store: Store,
  trx: Transaction<Database>,
  machineId: number,
  version: number,
  dataKey: Buffer,
  by: string,
): Promise<void> {
  const machine = await trx
    .selectFrom('machine')
    .select(['id', 'public_key'])
    .where('id', '=', machineId)
    .executeTakeFirst();
  if (!machine) throw new MachineRemovedError();
  const now = await store.now(trx);
  await trx.deleteFrom('data_key').where('version', '=', version).where('machine_id', '=', machineId).execute();
  const wrapped = wrapKey(dataKey, machine.public_key, wrapContext(version, machineId));
  await trx.insertInto('data_key').values({ version, machine_id: machineId, wrapped, created_at: now }).execute();
  await trx
    .updateTable('machine')
    .set({
      state: 'approved',
      approved_at: now,
      approved_by: by,
      approval: mark(dataKey, approvalParts(machine)),
    })
    .where('id', '=', machineId)
    .execute();
}

/**
 * Approves a waiting machine: it can open the stored passwords from now on. Somebody must have compared its
 * fingerprint.
 * @throws NotApprovedError, KeyLostError when this machine cannot hand the key on
 */
export async function approveMachine(store: Store, keyring: Keyring, machineId: number, by: string): Promise<void> {
  await store.db.transaction().execute(async (trx) => {
    await takeTurn(store, trx);
    const { version, dataKey } = await keyring.current(trx);
    await approveWith(store, trx, machineId, version, dataKey, by);
  });
}

/**
 * Starts over with a new data key when no console is left that has the old one. Passwords stored under the old key cannot
 * be opened any more and are entered again; every other machine has to be approved anew, by its fingerprint. Nothing
 * else is lost.
 * @returns the names of the machines that wait again
 */
export async function startOver(
  store: Store,
  key: MachineKey,
  enrolment: Omit<Enrolment, 'publicKey'>,
  by: string,
): Promise<{ keyring: Keyring; waiting: string[] }> {
  const publicKey = key.publicKeyPem;
  await store.db.transaction().execute(async (trx) => {
    await takeTurn(store, trx);
    const [known] = await trx
      .updateTable('machine')
      .set({ public_key: publicKey, fingerprint: keyFingerprint(publicKey), state: 'waiting', approval: null })
      .where('name_key', '=', nameKey(enrolment.name))
      .where('kind', '=', 'console')
      .returning('id')
      .execute();
    if (known) await trx.deleteFrom('data_key').where('machine_id', '=', known.id).execute();
  });
  const machine = await enrolMachine(store, { ...enrolment, publicKey });
  return await store.db.transaction().execute(async (trx) => {
    await takeTurn(store, trx);
    const others = await trx
      .updateTable('machine')
      .set({ state: 'waiting', approval: null })
      .where('id', '!=', machine.id)
      .returning('name')
      .execute();
    await startDataKey(store, trx, machine.id, by);
    return { keyring: new Keyring(store, machine.id, key), waiting: others.map(({ name }) => name) };
  });
}

/**
 * Removes a machine: hands its tasks back, makes a new data key for the machines that remain, and seals every secret
 * again under it. A machine that nobody with the key has approved does not get the new one.
 * @returns the names of machines that were left out because their approval does not hold
 */
export async function removeMachine(store: Store, keyring: Keyring, machineId: number): Promise<string[]> {
  if (machineId === keyring.machineId) {
    throw new UsageError({
      tried: 'remove this machine',
      happened: 'It is the one you work on, and it holds the key that is to be changed.',
      next: 'Do it on another approved console.',
    });
  }
  return store.db.transaction().execute(async (trx) => {
    const now = await takeTurn(store, trx);
    await trx
      .updateTable('task')
      .set((eb) => ({ state: 'ready', attempts: eb('attempts', '-', 1), updated_at: now }))
      .where('state', '=', 'leased')
      .where('machine_id', '=', machineId)
      .execute();
    const had = await trx.selectFrom('data_key').select('version').where('machine_id', '=', machineId).execute();
    // One that was never approved has seen nothing: its row goes, the key stays.
    const leftOut = had.length ? await rotate(store, trx, keyring, machineId) : [];
    await trx.deleteFrom('machine').where('id', '=', machineId).execute();
    return leftOut;
  });
}

async function rotate(store: Store, trx: Transaction<Database>, keyring: Keyring, without: number): Promise<string[]> {
  const { version, dataKey: old } = await keyring.current(trx);
  const dataKey = newDataKey();
  const now = await store.now(trx);
  const machines = await trx
    .selectFrom('machine')
    .select(['id', 'name', 'public_key', 'approval'])
    .where('state', '!=', 'waiting')
    .where('id', '!=', without)
    .execute();
  const leftOut: string[] = [];
  for (const machine of machines) {
    const approval = mark(old, approvalParts(machine));
    if (
      !machine.approval ||
      machine.approval.length !== approval.length ||
      !timingSafeEqual(machine.approval, approval)
    ) {
      leftOut.push(machine.name);
      continue;
    }
    await trx
      .insertInto('data_key')
      .values({
        version: version + 1,
        machine_id: machine.id,
        wrapped: wrapKey(dataKey, machine.public_key, wrapContext(version + 1, machine.id)),
        created_at: now,
      })
      .execute();
    await trx
      .updateTable('machine')
      .set({ approval: mark(dataKey, approvalParts(machine)) })
      .where('id', '=', machine.id)
      .execute();
  }
  await resealAll(trx, keyring, version + 1, dataKey, now);
  return leftOut;
}

/** Seals every secret this machine can open under the new key; the others keep theirs until they are entered again. */
async function resealAll(
  trx: Transaction<Database>,
  keyring: Keyring,
  version: number,
  dataKey: Buffer,
  now: number,
): Promise<void> {
  const versions = new Set<number>();
  for (const row of await trx.selectFrom('secret').selectAll().execute()) {
    const old = await keyring.open(row.key_version, trx);
    if (!old) {
      versions.add(row.key_version);
      continue;
    }
    const plaintext = unseal(old, row, secretContext(row.record, row.purpose));
    const sealed = seal(dataKey, plaintext, secretContext(row.record, row.purpose));
    plaintext.fill(0);
    await trx
      .updateTable('secret')
      .set({ ...sealed, key_version: version, updated_at: now })
      .where('id', '=', row.id)
      .execute();
  }
  const needed = [version, ...versions];
  await trx.deleteFrom('data_key').where('version', 'not in', needed).execute();
}

/** What a secret is bound to. */
export const secretContext = (record: string, purpose: string) => ['secret', record, purpose];
