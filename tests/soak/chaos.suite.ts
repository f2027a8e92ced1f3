import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { TransplantError } from '../../core/domain/errors.ts';
import { EwsError } from '../../core/exchange/ews/codes.ts';
import { EwsServer } from '../../core/exchange/ews/ews-store.ts';
import { random } from '../migrate/change-kinds.ts';
import { Person } from '../migrate/changes.ts';
import { Herd, serverTrouble } from './chaos/monkey.ts';
import { Project, type ProjectSize } from './chaos/project.ts';
import { eachSeed, nothingFound, type SoakResult, type SoakRun } from './soak.ts';
import { compareOrganisations, type Moved } from './truth.ts';

export interface ChaosSize extends Omit<ProjectSize, 'seed'> {
  workers: number;
  /** People who go on working in the source while it is moved. */
  people: number;
  /** ms between two harms to the workers. */
  harmEveryMs: number;
  /** For how long a worker is frozen, ms; beyond 30 000 its leases run out. */
  freezeMs: [number, number];
}

/** Some people have no mailbox in the target: about 50 members, 20,000 items and 2,300 folders are left. */
const FULL: ChaosSize = {
  users: 55,
  items: 25_000,
  folders: 900,
  workers: 4,
  people: 12,
  harmEveryMs: 4_000,
  freezeMs: [5_000, 45_000],
};
const SEEDS = 3;
const SYNC_WITHIN_MS = 12 * 60_000;

/**
 * Whole batches moved by real worker processes that are killed and frozen, from and to servers that drop, cut, delay and
 * refuse, while people go on working in the source. At the end the two organisations' own files are compared: the
 * product's ledger and verification have no say in it.
 */
export const run: SoakRun = ({ seeds = SEEDS, ...options }) =>
  eachSeed('chaos', { seeds, ...options }, (seed, progress) => runChaos(seed, FULL, progress));

/** One seed: first sync in trouble, a delta in trouble, a last delta with servers in trouble alone, and the judgement. */
export async function runChaos(seed: number, size: ChaosSize, progress: (text: string) => void): Promise<SoakResult> {
  const dice = random(seed);
  const end = new AbortController();
  const project = new Project(end.signal);
  const herd = new Herd(project.env, dice);
  // Told to stop, it leaves no lab and no worker behind.
  const stopped = (): void => end.abort(new Error('stopped'));
  process.once('SIGTERM', stopped);
  const started = performance.now();
  const say = spaced(progress, started);
  try {
    await project.prepare({ seed, ...size });
    say(`prepared ${size.users} people`, true);
    const moves = await project.moves();
    await project.restartLab(serverTrouble(seed));
    await project.approve(herd.start(size.workers));
    let restarts = 0;
    const crowd = new Crowd(project, moves, size.people, seed);
    for (const round of ['first sync', 'delta']) {
      say(round, true);
      const over = new AbortController();
      const harm = herd.harm(over.signal, size.harmEveryMs, size.freezeMs, () => project.done());
      const work = crowd.work(over.signal);
      try {
        restarts += await project.sync((text) => say(`${round}: ${text}`, text.startsWith('started')), SYNC_WITHIN_MS);
      } finally {
        over.abort();
        await Promise.all([harm, work]);
      }
    }
    crowd.close();
    say('last delta', true);
    restarts += await project.sync((text) => say(`last delta: ${text}`, text.startsWith('started')), SYNC_WITHIN_MS);
    const verdict = await project.verify(SYNC_WITHIN_MS);
    say(`verified: ${JSON.stringify(verdict)}`, true);
    await herd.stop();
    await project.stopLab();
    const truth = compareOrganisations(project.labFolder, moves);
    say(`compared ${truth.items} items in ${truth.folders} folders of ${moves.length} members`, true);
    const found = (verdict.different ?? 0) + (verdict.missing ?? 0) + (verdict.extra ?? 0) + (verdict.bad ?? 0);
    return {
      ...nothingFound('chaos'),
      operations: truth.items + crowd.changes,
      faults: { ...herd.faults, changes: crowd.changes, restarts },
      lost: truth.lost,
      doubled: truth.doubled,
      // The product's own comparison must come to the same end.
      violations: truth.violations + found,
      findings: [
        ...truth.findings,
        ...(found > 0 ? [`verify found ${JSON.stringify(verdict)}`, ...(await project.findings())] : []),
      ],
    };
  } finally {
    process.off('SIGTERM', stopped);
    end.abort();
    await herd.stop();
    await project.close();
  }
}

/** People who change their mailboxes of the source while they are moved. */
class Crowd {
  readonly #server: EwsServer;
  readonly #people: Person[];
  changes = 0;

  constructor(project: Project, moves: Moved[], count: number, seed: number) {
    const source = project.ready.organisations.find((one) => one.name === 'source');
    if (!source) throw new Error('the lab has no source');
    this.#server = new EwsServer({
      url: source.ewsUrl,
      ca: readFileSync(source.caFile, 'utf8'),
      auth: { kind: 'password', ...source.serviceAccount, scheme: 'basic' },
      restMs: 50,
    });
    const addresses = moves.flatMap((move) => (move.source === '' ? [] : [move.source]));
    this.#people = addresses.slice(0, count).map((address, index) => {
      const others = addresses.filter((other) => other !== address).slice(0, 4);
      return new Person(this.#server.mailbox({ address }), others, seed * 1_000 + index);
    });
  }

  async work(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#people.map((person) => this.#one(person, signal)));
  }

  async #one(person: Person, signal: AbortSignal): Promise<void> {
    for (let known = false; !signal.aborted; ) {
      try {
        if (!known) await person.adopt();
        known = true;
        await person.change();
        this.changes++;
      } catch (error) {
        // The server is in trouble for people as well; whatever became of the change is what the source now is.
        if (!(error instanceof EwsError) && !(error instanceof TransplantError)) throw error;
        known = false;
      }
      await sleep(150, undefined, { signal }).catch(() => undefined);
    }
  }

  close(): void {
    this.#server.close();
  }
}

/** A line now and then; `always` for those that matter. */
function spaced(progress: (text: string) => void, started: number): (text: string, always?: boolean) => void {
  let last = 0;
  return (text, always = false) => {
    const now = performance.now();
    if (!always && now - last < 10_000) return;
    last = now;
    progress(`${Math.round((now - started) / 1000)} s, ${text}`);
  };
}
