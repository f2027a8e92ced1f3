import { setTimeout as delay } from 'node:timers/promises';
import { IdSet } from '../../domain/id-set.ts';
import { isAmbiguous } from '../../exchange/errors.ts';
import { EwsError } from '../../exchange/ews/codes.ts';
import type { FolderInfo, FolderRoot, NewFolder, Result } from '../../exchange/mail-store.ts';
import type { Job } from '../job.ts';
import type { Follower } from './follow.ts';
import { freeName, type Part, plainName, sameNameKey } from './names.ts';
import type { Making, Placed } from './record.ts';
import type { TargetTree } from './target-tree.ts';

/** Note of a folder whose items went into the copy of another one of its name. */
export const TOGETHER = 'put together with a folder of the same name';

/** Lost answers in a row before the task is left to another try. */
const TRIES = 3;
/** ms after a lost answer until the target is asked: the server may still be at work on the request. */
const SETTLE_MS = 1_000;

/** A source folder that has no counterpart yet, with the name it should have there. */
export interface Wanted {
  folder: FolderInfo;
  path: string;
  part: Part;
  name: string;
}

/** What is to be made below one parent of the target. */
interface Plan {
  parentId: string;
  /** Those that share one folder stand together; the first of them is made. */
  groups: Wanted[][];
  makings: { want: Wanted; request: NewFolder }[];
}

/** Makes folders in one root of the target, around names that are taken and names that the server refuses. */
export class FolderMaker {
  created = 0;
  readonly #job: Job;
  readonly #root: FolderRoot;
  readonly #tree: TargetTree;
  readonly #follower: Follower;
  /** Folders that turned out to be there when they were to be made. */
  readonly #found = new IdSet();

  constructor(job: Job, root: FolderRoot, tree: TargetTree, follower: Follower) {
    this.#job = job;
    this.#root = root;
    this.#tree = tree;
    this.#follower = follower;
  }

  /** The folder of that name below a parent; made where it is not there. */
  async descend(parentId: string, name: string): Promise<string> {
    await this.#tree.need([parentId]);
    return this.#tree.child(parentId, name)?.id ?? (await this.#createOne(parentId, { name, folderClass: '' }));
  }

  /**
   * Makes these folders, by the parent below which they belong, under names that are free there; by policy one for all of one
   * name. `note` is told what is to be made before anything is.
   */
  async create(
    wanted: ReadonlyMap<string, Wanted[]>,
    note: (all: Making[]) => Promise<void> = async () => undefined,
  ): Promise<Placed[]> {
    const plans = [...wanted].map(([parentId, all]) => this.#plan(parentId, all));
    await note(
      plans.flatMap(({ parentId, makings }) =>
        makings.map((making) => ({ ...making.want, ...making.request, parentId })),
      ),
    );
    return (await Promise.all(plans.map((plan) => this.#carryOut(plan)))).flat();
  }

  #plan(parentId: string, all: Wanted[]): Plan {
    const merge = this.#job.options.folderCollisions === 'merge';
    const groups = [...Map.groupBy(all, (one) => (merge ? sameNameKey(one.name) : one.folder.id)).values()];
    const names = new Set<string>();
    const makings = groups.flatMap(([want]) => {
      if (!want) return [];
      const free = freeName(want.name, (n) => names.has(sameNameKey(n)) || this.#tree.child(parentId, n) !== undefined);
      names.add(sameNameKey(free));
      return [{ want, request: { name: free, folderClass: want.folder.folderClass, hidden: want.folder.hidden } }];
    });
    return { parentId, groups, makings };
  }

  async #carryOut(plan: Plan): Promise<Placed[]> {
    const placed = await this.#createApart(plan);
    for (const twins of plan.groups) {
      const first = placed.find(({ folder }) => folder.id === twins[0]?.folder.id);
      if (!first) continue;
      for (const { folder, path, part } of twins.slice(1))
        placed.push({ folder, path, part, targetId: first.targetId, note: TOGETHER });
    }
    return placed;
  }

  async #createApart({ parentId, makings }: Plan): Promise<Placed[]> {
    const placed: Placed[] = [];
    const answers = await this.#make(
      parentId,
      makings.map(({ request }) => request),
    );
    for (const [index, answer] of answers.entries()) {
      const making = makings[index];
      if (!making) continue;
      const { want, request } = making;
      const id = answer.ok ? answer.value : await this.#createOtherwise(parentId, request, answer.error);
      const renamed = request.name !== want.folder.name ? `named "${request.name}" in the target` : '';
      this.#remember(parentId, id, request);
      if (request.name !== want.name) this.#follower.putOff(want.folder.id, { id, parentId }, want.name);
      placed.push({ folder: want.folder, path: want.path, part: want.part, targetId: id, note: renamed });
    }
    return placed;
  }

  #remember(parentId: string, id: string, { name, folderClass }: NewFolder): void {
    this.created++;
    const folder = { id, parentId, name, folderClass, distinguished: null, itemCount: 0 };
    // Nobody knows what lies below a folder that was there all the same.
    if (this.#found.has(id)) this.#tree.add(folder);
    else this.#tree.made(folder);
  }

  /** Makes folders; where the answer is lost, looks which of them are there and makes the others. */
  async #make(parentId: string, requests: NewFolder[], attempt = 1): Promise<Result<string>[]> {
    const { target, writing, context } = this.#job;
    try {
      return await target.createFolders(parentId, requests, writing);
    } catch (error) {
      if (!isAmbiguous(error) || attempt > TRIES || context.signal.aborted) throw error;
    }
    await delay(SETTLE_MS * attempt, undefined, { signal: context.signal });
    const there = new Map<string, string>();
    for (const folder of await target.subfolders([parentId], { signal: context.signal })) {
      there.set(sameNameKey(folder.name), folder.id);
      this.#found.add(folder.id);
    }
    const known = requests.map(({ name }) => there.get(sameNameKey(name)));
    const rest = requests.filter((_, index) => known[index] === undefined);
    const made = rest.length === 0 ? [] : await this.#make(parentId, rest, attempt + 1);
    return known.flatMap((id): Result<string>[] => (id === undefined ? made.splice(0, 1) : [{ ok: true, value: id }]));
  }

  /** The server refused: the name is taken by something it did not list, or holds what it does not take. */
  async #createOtherwise(parentId: string, request: NewFolder, error: Error): Promise<string> {
    if (!(error instanceof EwsError)) throw error;
    if (error.code === 'ErrorFolderExists') return this.#takeOver(parentId, request);
    request.name = freeName(plainName(request.name), (n) => this.#tree.child(parentId, n) !== undefined);
    return this.#createOne(parentId, request);
  }

  /** A folder of that name is there after all: made by a run that crashed before it was recorded, or unseen. */
  async #takeOver(parentId: string, request: NewFolder): Promise<string> {
    const { target, context, options } = this.#job;
    if (options.folderCollisions === 'merge' || this.#root !== 'publicFolders') {
      const there = await target.subfolders([parentId], { signal: context.signal });
      const found = there.find((folder) => sameNameKey(folder.name) === sameNameKey(request.name));
      if (found) this.#found.add(found.id);
      if (found) return found.id;
    }
    request.name = freeName(`${request.name} (2)`, (n) => this.#tree.child(parentId, n) !== undefined);
    return this.#createOne(parentId, request);
  }

  async #createOne(parentId: string, request: NewFolder): Promise<string> {
    const [answer] = await this.#make(parentId, [request]);
    if (!answer?.ok) throw answer?.error ?? new Error('the server answered nothing');
    this.#remember(parentId, answer.value, request);
    this.created--;
    return answer.value;
  }
}
