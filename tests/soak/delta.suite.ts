import { join } from 'node:path';
import fc from 'fast-check';
import { lastVerification } from '../../core/store/verifications.ts';
import { anyChange, type Change } from '../migrate/change-kinds.ts';
import { Person } from '../migrate/changes.ts';
import { World } from '../migrate/world.ts';
import { eachSeed, type SoakRun } from './soak.ts';
import { compareOrganisations } from './truth.ts';

const SEEDS = 3;
const CHANGES = 2_000;
/** One in so many changes is followed by a delta, on average. */
const CHANGES_A_DELTA = 50;
const ITEMS_AT_FIRST = 80;

/** A change in the source, and whether a delta comes after it. */
interface Step {
  change: Change;
  delta: boolean;
}
const anyStep: fc.Arbitrary<Step> = fc.record({
  change: anyChange,
  delta: fc.nat(CHANGES_A_DELTA - 1).map((n) => n === 0),
});

/**
 * Random series of changes in a source mailbox with deltas in between; at the end both organisations' own files have to
 * hold the same, the product's comparison has to say so too, and one more delta must have nothing to write.
 */
export const run: SoakRun = ({ seeds = SEEDS, ...options }) =>
  eachSeed('delta', { seeds, ...options }, async (seed, progress) => {
    const { changes, ...found } = await runDelta(seed, CHANGES, progress);
    return { ...found, faults: changes };
  });

export interface DeltaRun {
  operations: number;
  deltas: number;
  lost: number;
  doubled: number;
  violations: number;
  findings: string[];
  /** How often each kind of change was made. */
  changes: Record<string, number>;
}

/** One series of so many changes, drawn by a seed. */
export async function runDelta(seed: number, changes: number, progress: (text: string) => void): Promise<DeltaRun> {
  const world = await World.start({ users: 4 });
  try {
    const [steps = []] = fc.sample(fc.array(anyStep, { minLength: changes, maxLength: changes, size: 'max' }), {
      seed,
      numRuns: 1,
    });
    return await new Series(world, seed, progress).run(steps);
  } finally {
    await world.close();
  }
}

class Series {
  readonly #world: World;
  readonly #user: string;
  readonly #person: Person;
  readonly #progress: (text: string) => void;

  constructor(world: World, seed: number, progress: (text: string) => void) {
    this.#world = world;
    this.#user = world.users[0] ?? '';
    this.#person = new Person(world.box('source', this.#user), world.users.slice(1), seed);
    this.#progress = progress;
  }

  async run(steps: Step[]): Promise<DeltaRun> {
    const world = this.#world;
    await this.#person.begin(ITEMS_AT_FIRST);
    await world.batch({}, [this.#user]);
    await world.sync();
    let deltas = 1;
    for (const [index, { change, delta }] of steps.entries()) {
      await this.#person.make(change);
      if (!delta) continue;
      await world.sync();
      deltas++;
      if (deltas % 8 === 0) this.#progress(`${index + 1} changes, ${deltas} deltas`);
    }
    await world.finalSync();
    const result = await this.#judge();
    this.#progress(`${steps.length} changes, ${deltas} deltas; ${result.findings.length} findings`);
    return { ...result, operations: steps.length, deltas, changes: { ...this.#person.done } };
  }

  async #judge(): Promise<Omit<DeltaRun, 'operations' | 'deltas' | 'changes'>> {
    const world = this.#world;
    const moves = [{ source: this.#user, target: world.targetAddress(this.#user) }];
    const truth = compareOrganisations(join(world.dir, 'lab'), moves);
    const findings = [...truth.findings];
    const again = await world.finalSync();
    if (again.writes > 0) findings.push(`a delta after the last one made ${again.writes} writes`);
    const verdict = await world.verify();
    const last = await lastVerification(world.store, world.workloads[0]?.id ?? 0);
    if (verdict.grade !== 'Perfect')
      findings.push(`verify says ${JSON.stringify({ ...verdict, folders: last?.result.folders })}`);
    const { lost, doubled, violations } = truth;
    return { lost, doubled, violations: violations + findings.length - truth.findings.length, findings };
  }
}
