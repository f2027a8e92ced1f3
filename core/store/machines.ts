import { createHash, createPublicKey } from 'node:crypto';
import type { Selectable } from 'kysely';
import { z } from 'zod';
import { TransplantError, UsageError } from '../domain/errors.ts';
import { nameKey } from '../domain/name-key.ts';
import type { MachineTable } from './schema.ts';
import type { Store } from './store.ts';

/** This machine was removed from the project: it must enrol again and be approved. */
export class MachineRemovedError extends TransplantError {
  constructor() {
    super({
      tried: 'work for the project',
      happened: 'This machine is not on record; somebody removed it.',
      next: 'Start it again to enrol, and approve it with: transplant worker approve NAME',
    });
  }
}

/** This console has another key than the one it enrolled with: the key was lost, or the program's folder is another. */
export class ConsoleKeyLostError extends TransplantError {
  constructor(name: string) {
    super({
      tried: `open the project's passwords as ${name}`,
      happened: 'This console has another key than the one it enrolled with: its key file was lost or lies elsewhere.',
      next:
        `Bring the key file back. Or, where another console is approved, run there: transplant worker remove "${name}". ` +
        'Or start over with: transplant account new-key --yes, and enter the passwords again; nothing else is lost.',
    });
  }
}

export const MACHINE_KINDS = ['console', 'worker'] as const;
/** waiting for approval; approved; draining: finishes what it has and claims no more. */
export const MACHINE_STATES = ['waiting', 'approved', 'draining'] as const;
export type MachineKind = (typeof MACHINE_KINDS)[number];
export type MachineState = (typeof MACHINE_STATES)[number];

/** What a machine tells about itself with its heartbeat. Sizes are bytes. */
export const machineFactsSchema = z.looseObject({
  os: z.string().optional(),
  host: z.string().optional(),
  cores: z.number().optional(),
  memoryTotal: z.number().optional(),
  memoryUsed: z.number().optional(),
  diskFree: z.number().optional(),
  running: z.number().optional(),
  itemsPerSecond: z.number().optional(),
  bytesPerSecond: z.number().optional(),
});
export type MachineFacts = z.infer<typeof machineFactsSchema>;

export interface Machine {
  id: number;
  name: string;
  kind: MachineKind;
  state: MachineState;
  /** X25519 public key, SPKI in PEM. */
  publicKey: string;
  fingerprint: string;
  version: string;
  facts: MachineFacts;
  enrolledAt: number;
  approvedAt: number | undefined;
  approvedBy: string | undefined;
  lastSeen: number;
}

function fromRow(row: Selectable<MachineTable>): Machine {
  return {
    id: row.id,
    name: row.name,
    kind: z.enum(MACHINE_KINDS).parse(row.kind),
    state: z.enum(MACHINE_STATES).parse(row.state),
    publicKey: row.public_key,
    fingerprint: row.fingerprint,
    version: row.version,
    facts: machineFactsSchema.parse(JSON.parse(row.facts)),
    enrolledAt: row.enrolled_at,
    approvedAt: row.approved_at ?? undefined,
    approvedBy: row.approved_by ?? undefined,
    lastSeen: row.last_seen,
  };
}

/** SHA-256 over the public key (SPKI, DER), in groups of four, as both sides show it at approval. */
export function keyFingerprint(publicKeyPem: string): string {
  const der = createPublicKey(publicKeyPem).export({ type: 'spki', format: 'der' });
  return (createHash('sha256').update(der).digest('hex').match(/.{4}/g) ?? []).join(' ');
}

export interface Enrolment {
  name: string;
  kind: MachineKind;
  publicKey: string;
  version: string;
  facts: MachineFacts;
}

/**
 * Puts a machine on record, waiting for approval, or finds it again by its key.
 * @throws UsageError when another machine with another key has this name, ConsoleKeyLostError when that is this console
 */
export async function enrolMachine(store: Store, enrolment: Enrolment): Promise<Machine> {
  const fingerprint = keyFingerprint(enrolment.publicKey);
  const key = nameKey(enrolment.name);
  const { version } = enrolment;
  const facts = JSON.stringify(enrolment.facts);
  return store.db.transaction().execute(async (trx) => {
    const known = await trx.selectFrom('machine').selectAll().where('name_key', '=', key).executeTakeFirst();
    if (known && known.fingerprint !== fingerprint) {
      if (known.kind === 'console' && enrolment.kind === 'console') throw new ConsoleKeyLostError(known.name);
      throw new UsageError({
        tried: `enrol as ${enrolment.name}`,
        happened: 'Another machine with another key has this name.',
        next: 'Choose a name with --name, or remove the old machine first with: transplant worker remove NAME',
      });
    }
    const now = await store.now(trx);
    if (known) {
      const change = { version, facts, last_seen: now };
      await trx.updateTable('machine').set(change).where('id', '=', known.id).execute();
      return fromRow({ ...known, ...change });
    }
    const row = {
      name: enrolment.name,
      name_key: key,
      kind: enrolment.kind,
      state: 'waiting',
      public_key: enrolment.publicKey,
      fingerprint,
      version,
      facts,
      enrolled_at: now,
      approved_at: null,
      approved_by: null,
      last_seen: now,
    };
    return fromRow(await trx.insertInto('machine').values(row).returningAll().executeTakeFirstOrThrow());
  });
}

export async function listMachines(store: Store, kind?: MachineKind): Promise<Machine[]> {
  let query = store.db.selectFrom('machine').selectAll().orderBy('name_key');
  if (kind) query = query.where('kind', '=', kind);
  return (await query.execute()).map(fromRow);
}

export async function findMachine(store: Store, id: number): Promise<Machine | undefined> {
  const row = await store.db.selectFrom('machine').selectAll().where('id', '=', id).executeTakeFirst();
  return row && fromRow(row);
}

/** @throws UsageError when there is none of this name */
export async function getMachine(store: Store, name: string): Promise<Machine> {
  const row = await store.db.selectFrom('machine').selectAll().where('name_key', '=', nameKey(name)).executeTakeFirst();
  if (row) return fromRow(row);
  const names = (await listMachines(store)).map((machine) => machine.name);
  throw new UsageError({
    tried: `find the machine ${name}`,
    happened: 'There is none of this name.',
    next: names.length ? `Name one of: ${names.join(', ')}.` : 'Start a worker first with: transplant worker run',
  });
}

/** A sign of life with the machine's facts. @returns its state @throws MachineRemovedError */
export async function touchMachine(store: Store, id: number, facts?: MachineFacts): Promise<MachineState> {
  const [row] = await store.db
    .updateTable('machine')
    .set({ last_seen: store.nowSql, ...(facts && { facts: JSON.stringify(facts) }) })
    .where('id', '=', id)
    .returning('state')
    .execute();
  if (!row) throw new MachineRemovedError();
  return z.enum(MACHINE_STATES).parse(row.state);
}

/** Lets a machine finish what it has and claim no more, or, with false, work again. */
export async function drainMachine(store: Store, id: number, drain = true): Promise<void> {
  await store.db
    .updateTable('machine')
    .set({ state: drain ? 'draining' : 'approved' })
    .where('id', '=', id)
    .where('state', '=', drain ? 'approved' : 'draining')
    .execute();
}
