import { createHash } from 'node:crypto';
import { together } from '../../domain/together.ts';
import type { FolderInfo, ItemInfo } from '../../exchange/mail-store.ts';
import { isSettingItem } from '../../exchange/settings.ts';
import { badItemsBySource } from '../../store/bad-items.ts';
import { batchById } from '../../store/batches.ts';
import { eachFolder } from '../../store/folders.ts';
import { itemKey, keyText, ledgerBySource } from '../../store/ledger.ts';
import { fenced } from '../../store/queue.ts';
import { addVerification, type Finding, nothingCompared, type VerificationResult } from '../../store/verifications.ts';
import type { VerifySummary } from '../context.ts';
import { folderFilter } from '../hierarchy/names.ts';
import { AddressMap, canonicalPermissions, permissionsHash, remapPermissions } from '../hierarchy/permissions.ts';
import { findSourceFolder } from '../hierarchy/source-folder.ts';
import type { Job, RootPair } from '../job.ts';
import { takesSettings, verifySettings } from '../settings/run-settings.ts';
import { ByteBudget } from '../sync/budget.ts';
import { itemDate, itemFilter } from '../sync/filter.ts';
import { isForArchive } from '../sync/place.ts';
import { findTwins, groupByPlace, misplaced } from './archive-twins.ts';
import { Batches, type Due, type OpenFolder } from './batches.ts';
import { type Compared, comparePairs, type Pair } from './compare-content.ts';
import { differencesOf, factsOf, isOfSample } from './facts.ts';
import { gradeOf } from './grade.ts';
import { Listing } from './listing.ts';
import { pairAnew, sharedKeys } from './lookalikes.ts';
import { type FolderPair, isNameOf, pairFolders } from './pair-folders.ts';
import { pairItems } from './pair-items.ts';
import { collect, subtree } from './read-tree.ts';

const FINDINGS_KEPT = 500;
const FOLDERS_AT_ONCE = 8;
const BATCHES_AT_ONCE = 12;
/** Both sides of a batch are held while it is decoded. */
const BYTES_AT_ONCE = 32 * 1024 * 1024;

/**
 * Reads source and target again and compares them item by item. The ledger is not asked whether an item is there; it is
 * asked only why a person or a policy left one as it is.
 */
export async function runVerify(job: Job, options: { deep: boolean }): Promise<VerifySummary> {
  const run = new VerifyRun(job, options.deep);
  return run.run();
}

class VerifyRun {
  readonly #job: Job;
  readonly #started = performance.now();
  readonly #result: VerificationResult;
  readonly #findings: Finding[] = [];
  readonly #folderDigests: string[] = [];
  readonly #budget = new ByteBudget(BYTES_AT_ONCE);
  readonly #running = new Set<Promise<void>>();
  readonly #addresses: AddressMap;
  /** Folders of the target's archive that take what is old of the mailbox. */
  #twins: ReadonlySet<string> = new Set();
  readonly #batches = new Batches();
  readonly #listing: Listing;
  #failure: unknown;

  constructor(job: Job, deep: boolean) {
    this.#job = job;
    this.#listing = new Listing(job);
    this.#addresses = new AddressMap(job.context.store);
    this.#result = nothingCompared(deep);
  }

  async run(): Promise<VerifySummary> {
    const { context, workload, roots, source, target } = this.#job;
    const before = source.calls + target.calls;
    const [settings] = await together(verifySettings(this.#job), this.#roots(roots));
    const result = this.#result;
    result.settings = settings;
    result.calls = source.calls + target.calls - before;
    result.tookMs = Math.round(performance.now() - this.#started);
    result.digest = createHash('sha256').update(this.#folderDigests.sort().join('\n')).digest('hex');
    result.findings = this.#findings.slice(0, FINDINGS_KEPT);
    const grade = gradeOf({
      ...result.items,
      foldersMissing: result.folders.missing.length,
      foldersDifferent: result.folders.different.length,
      settingsOpen: result.settings.filter((s) => ['missing', 'different', 'extra'].includes(s.outcome)).length,
      settingsListed: result.settings.filter((s) => ['cannotMove', 'kept'].includes(s.outcome)).length,
    });
    const now = await context.store.now();
    await fenced(context.store, context.claim, (trx) => addVerification(trx, workload.id, now, grade, result));
    const { verified, different, missing, extra, bad } = result.items;
    return { kind: 'verify', grade, verified, different, missing, extra, bad };
  }

  async #roots(roots: readonly RootPair[]): Promise<void> {
    const pairs: FolderPair[] = [];
    for (const root of roots) pairs.push(...(await this.#root(root)));
    await this.#folders(pairs);
    await this.#start(this.#batches.rest());
    await this.#settled();
  }

  /** The folders of one root with their counterparts. */
  async #root(root: RootPair): Promise<FolderPair[]> {
    const { source, target, options, context, workload } = this.#job;
    const permissions = options.permissions && root.source !== 'recoverableItems';
    const readSource = async (): Promise<FolderInfo[]> => {
      const top = root.sourceBelow === '/' ? undefined : await findSourceFolder(source, root, context.signal);
      return await collect(source, root.source, context.signal, permissions, top);
    };
    const [sourceFolders, targetFolders] = await together(
      readSource(),
      collect(target, root.target, context.signal, permissions, undefined),
    );
    if (sourceFolders.length === 0) return [];
    if (targetFolders.length === 0) {
      if (sourceFolders.some((f) => f.itemCount > 0)) this.#result.folders.missing.push(root.source);
      return [];
    }
    const hints = new Map<string, string>();
    const twins = new Map<string, string>();
    for await (const folder of eachFolder(context.store, workload.id)) {
      if (folder.targetId !== null) hints.set(folder.sourceId, folder.targetId);
      if (folder.facts.archiveId !== null) twins.set(folder.sourceId, folder.facts.archiveId);
    }
    const start = hints.get(sourceFolders[0]?.id ?? '');
    const below = start === undefined ? targetFolders : subtree(targetFolders, start);
    const { pairs, extra } = pairFolders(sourceFolders, below, {
      takesPart: folderFilter(options.filter.includeFolders, options.filter.excludeFolders),
      merge: options.folderCollisions === 'merge',
      rootPath: root.sourceBelow,
      hint: (id) => hints.get(id),
    });
    this.#result.folders.source += pairs.length;
    this.#result.folders.target += pairs.filter((p) => p.target !== null).length;
    if (root.source === 'mailbox' && options.archiveOlderThanDays !== null) {
      const archive = await collect(target, 'archive', context.signal, false, undefined);
      this.#twins = findTwins(pairs, archive, (id) => twins.get(id));
    }
    for (const { folder, path } of extra)
      if (!this.#twins.has(folder.id))
        this.#result.notes.push(`${path} in the target has ${folder.itemCount} items of its own.`);
    return pairs;
  }

  async #folders(pairs: FolderPair[]): Promise<void> {
    // Source folders that were put together in one target folder are compared together.
    const bundles = this.#listing.bundles(groupByPlace(pairs));
    const one = async (): Promise<void> => {
      for (let bundle = bundles.shift(); bundle; bundle = bundles.shift()) {
        await this.#listing.ahead(bundle);
        for (const group of bundle) await this.#folder(group);
      }
    };
    await Promise.all(Array.from({ length: FOLDERS_AT_ONCE }, one));
  }

  async #folder(group: FolderPair[]): Promise<void> {
    const first = group[0];
    if (!first) return;
    const path = first.path;
    for (const pair of new Map(group.map((one) => [one.target?.id, one] as const)).values()) {
      if (!pair.target) this.#result.folders.missing.push(pair.path);
      else await this.#folderFacts(pair, pair.target);
    }
    // What lies in a folder that only leads to others stays behind, and what people put into its copy is theirs.
    if (group.every(({ part }) => part === 'way')) return;
    const [source, there] = await Promise.all([this.#sourceItems(group), this.#targetItems(group)]);
    const settings = takesSettings(this.#job);
    const passage = itemFilter(this.#job.options, settings);
    const due: ItemInfo[] = [];
    for (const item of source.keys()) {
      // What is a setting is compared as one.
      if (settings && isSettingItem(item)) continue;
      if (passage(item).kind === 'skip') this.#result.items.skipped++;
      else due.push(item);
    }
    this.#result.items.source += due.length;
    this.#result.items.target += there.size;
    const { pairs, missing, extra } = pairItems(due, [...there.keys()]);
    await this.#missing(path, missing);
    await this.#extra(path, extra);
    const judgePlaces = (some: Pair[]): Promise<void> => this.#judgePlaces(some, source, there);
    await judgePlaces(pairs);
    const inFull = this.#result.deep ? pairs : pairs.filter(({ source: item }) => isOfSample(item));
    const byFacts = this.#result.deep ? [] : pairs.filter(({ source: item }) => !isOfSample(item));
    const shared = sharedKeys(pairs);
    const folder: OpenFolder = { path, digests: [], open: pairs.length, shared, held: [], judgePlaces };
    if (folder.open === 0) this.#folderDone(folder);
    for (const pair of byFacts) await this.#take(folder, factsOf(pair));
    for (const batch of this.#batches.add(inFull.map((pair) => ({ pair, folder })))) await this.#start(batch);
  }

  /** The folder's digest is taken when all of its pairs are through. */
  #folderDone({ path, digests }: OpenFolder): void {
    this.#folderDigests.push(`${path} ${createHash('sha256').update(digests.sort().join('')).digest('hex')}`);
  }

  async #folderFacts(pair: FolderPair, target: FolderInfo): Promise<void> {
    const { source, path } = pair;
    const differences: string[] = [];
    if (target.folderClass.toLowerCase() !== source.folderClass.toLowerCase() && source.parentId !== null)
      differences.push('class');
    if (source.parentId !== null && source.distinguished === null && !isNameOf(target.name, source.name))
      differences.push('name');
    if (source.permissions && target.permissions) {
      const { permissions } = await remapPermissions(source.permissions, this.#addresses);
      const there = await canonicalPermissions(target.permissions, this.#addresses);
      if (permissionsHash(permissions) !== permissionsHash(there)) differences.push('permissions');
    }
    if (differences.length > 0) this.#result.folders.different.push(`${path} (${differences.join(', ')})`);
  }

  /** Items of every folder of the target that the group's copies lie in, with the id of the folder. */
  async #targetItems(group: FolderPair[]): Promise<Map<ItemInfo, string>> {
    const found = new Map<ItemInfo, string>();
    const folders = group.flatMap(({ target, archive }) => [target, archive].filter((one) => one != null));
    for (const [id, folder] of new Map(folders.map((one) => [one.id, one])))
      for (const item of await this.#listing.items('target', folder))
        if (!takesSettings(this.#job) || !isSettingItem(item)) found.set(item, id);
    return found;
  }

  /** Where old items go into the archive, each copy has to lie in the right one of the two. */
  async #judgePlaces(
    pairs: Pair[],
    source: ReadonlyMap<ItemInfo, FolderPair>,
    there: ReadonlyMap<ItemInfo, string>,
  ): Promise<void> {
    const { options, context, workload } = this.#job;
    if (options.archiveOlderThanDays === null) return;
    const since = (await batchById(context.store, workload.batchId))?.createdAt ?? 0;
    const isOldNow = isForArchive(options, await context.store.now());
    const ages = { isOldNow, wasOld: isForArchive(options, since) };
    for (const pair of pairs) {
      const archive = source.get(pair.source)?.archive;
      if (archive) pair.misplaced = misplaced(ages, pair.source, there.get(pair.target) === archive.id);
    }
  }

  /** Items of the group's folders, with the folder of each. */
  async #sourceItems(group: FolderPair[]): Promise<Map<ItemInfo, FolderPair>> {
    const found = new Map<ItemInfo, FolderPair>();
    for (const pair of group)
      if (pair.part === 'all')
        for (const item of await this.#listing.items('source', pair.source)) found.set(item, pair);
    return found;
  }

  /** Items that are not in the target: known bad ones are told apart, and what a policy kept out. */
  async #missing(path: string, missing: ItemInfo[]): Promise<void> {
    if (missing.length === 0) return;
    const { context, workload } = this.#job;
    const ids = missing.map((item) => item.id);
    const bad = await badItemsBySource(context.store, workload.id, ids);
    const rows = await ledgerBySource(context.store.db, workload.id, ids);
    for (const item of missing) {
      const known = bad.get(keyText(itemKey(item.id)));
      const kept = rows.get(keyText(itemKey(item.id)))?.state === 'kept';
      if (known?.state === 'accepted' || kept) {
        this.#result.items.accepted++;
        continue;
      }
      if (known) this.#result.items.bad++;
      else this.#result.items.missing++;
      this.#find(known ? 'bad' : 'missing', path, item, null, known ? [known.reason] : []);
    }
  }

  async #extra(path: string, extra: { item: ItemInfo; duplicate: boolean }[]): Promise<void> {
    for (const { item, duplicate } of extra) {
      this.#result.items.extra++;
      this.#find(duplicate ? 'duplicate' : 'extra', path, null, item, []);
    }
  }

  async #start(batch: Due[]): Promise<void> {
    if (batch.length === 0) return;
    const bytes = batch.reduce((sum, { pair }) => sum + pair.source.size + pair.target.size, 0);
    while (this.#running.size >= BATCHES_AT_ONCE) await Promise.race(this.#running);
    const free = await this.#budget.take(bytes);
    this.#throwIfFailed();
    this.#job.context.signal.throwIfAborted();
    this.#track(this.#compare(batch).finally(free));
  }

  #track(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => this.#running.delete(tracked));
    this.#running.add(tracked);
  }

  async #settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
    this.#throwIfFailed();
  }

  #throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #compare(batch: Due[]): Promise<void> {
    const { source, target, context, rewriter } = this.#job;
    const folders = new Map(batch.map(({ pair, folder }) => [pair, folder]));
    for (const compared of await comparePairs(source, target, [...folders.keys()], context.signal, rewriter)) {
      const folder = folders.get(compared.pair);
      if (folder) await this.#take(folder, compared);
    }
  }

  async #take(folder: OpenFolder, compared: Compared): Promise<void> {
    const { method } = compared;
    this.#result.methods[method] = (this.#result.methods[method] ?? 0) + 1;
    this.#result.bytes += compared.pair.source.size;
    const key = compared.pair.source.searchKey;
    const inDoubt = key !== null && folder.shared.has(key) && compared.unreadable === null;
    if (inDoubt && differencesOf(compared).length > 0) folder.held.push(compared);
    else await this.#judge(folder.path, compared, folder.digests);
    folder.open--;
    if (folder.open > 0) return;
    await this.#pairAnew(folder);
    this.#folderDone(folder);
  }

  async #pairAnew(folder: OpenFolder): Promise<void> {
    const { source, target, context, rewriter } = this.#job;
    const compare = async (pairs: Pair[]): Promise<Compared[]> => {
      await folder.judgePlaces(pairs);
      const compared: Compared[] = [];
      // One after the other: what is held side by side was counted for others already.
      for (const pair of pairs)
        compared.push(...(await comparePairs(source, target, [pair], context.signal, rewriter)));
      return compared;
    };
    const differs = (one: Compared): boolean => one.unreadable !== null || differencesOf(one).length > 0;
    for (const compared of await pairAnew(folder.held, compare, differs))
      await this.#judge(folder.path, compared, folder.digests);
  }

  async #judge(path: string, compared: Compared, digests: string[]): Promise<void> {
    const { pair, unreadable } = compared;
    const differences = differencesOf(compared);
    if (unreadable === null && differences.length === 0) {
      this.#result.items.verified++;
      if (compared.digest) digests.push(compared.digest.toString('hex'));
      return;
    }
    const { context, workload } = this.#job;
    const rows = await ledgerBySource(context.store.db, workload.id, [pair.source.id]);
    const bad = await badItemsBySource(context.store, workload.id, [pair.source.id]);
    const known = bad.get(keyText(itemKey(pair.source.id)));
    if (rows.get(keyText(itemKey(pair.source.id)))?.state === 'kept' || known?.state === 'accepted') {
      this.#result.items.accepted++;
      return;
    }
    this.#result.items.different++;
    this.#find(
      unreadable ? 'unreadable' : 'different',
      path,
      pair.source,
      pair.target,
      unreadable ? [unreadable] : differences,
    );
  }

  #find(
    kind: Finding['kind'],
    folder: string,
    source: ItemInfo | null,
    target: ItemInfo | null,
    details: string[],
  ): void {
    const item = source ?? target;
    this.#result.findingsTotal++;
    if (!item || this.#findings.length >= FINDINGS_KEPT) return;
    this.#findings.push({
      kind,
      folder,
      itemClass: item.itemClass,
      sourceId: source?.id ?? null,
      targetId: target?.id ?? null,
      size: item.size,
      date: itemDate(item),
      details: details.slice(0, 20),
    });
  }
}
