import { canonicalDigest } from '../../core/domain/mapi/digest.ts';
import { isSettingItem } from '../../core/exchange/settings.ts';
import type { FolderRecord, OrganisationStore } from '../../lab/model.ts';
import { type OpenedOrganisation, openData } from '../../lab/organisation.ts';
import { PUBLIC_FOLDERS } from '../../lab/state/store.ts';

/** Which root of the source was to go where. */
export interface Moved {
  /** Addresses of the two mailboxes; empty for the public folders of both. */
  source: string;
  target: string;
}

/** What two organisations' own files say about a move. The product's database, ledger and verification are not asked. */
export interface Truth {
  folders: number;
  items: number;
  /** Items of the source that are nowhere in the target. */
  lost: number;
  /** Items that the target has more often than the source. */
  doubled: number;
  /** Everything else: content or read state that differs, wrong folder, items and folders the source has not. */
  violations: number;
  findings: string[];
}

interface Item {
  id: string;
  key: string;
  content: string;
}

interface Side {
  store: OrganisationStore;
  mailbox: string;
}

const PAGE = 1_000;

/** Compares what two organisations of a lab hold, by reading their files; the lab should not be running. */
export function compareOrganisations(labFolder: string, moves: Moved[]): Truth {
  const source = openData(labFolder, 'source', 0);
  const target = openData(labFolder, 'target', 0);
  const truth: Truth = { folders: 0, items: 0, lost: 0, doubled: 0, violations: 0, findings: [] };
  try {
    for (const move of moves) {
      const from = { store: source.store, mailbox: idOf(source, move.source) };
      const to = { store: target.store, mailbox: idOf(target, move.target) };
      new Comparison(truth, from, to, move.source || 'public folders').run();
    }
  } finally {
    source.close();
    target.close();
  }
  return truth;
}

/** The mailbox that an address leads to, as the organisation's own directory says. */
function idOf({ store, addressBook }: OpenedOrganisation, address: string): string {
  if (address === '') return PUBLIC_FOLDERS;
  const mailbox = store.mailbox(addressBook.entry(address)?.address ?? address);
  if (!mailbox) throw new Error(`the lab has no mailbox ${address}`);
  return mailbox.id;
}

/** One mailbox, or the public folders. */
class Comparison {
  readonly #truth: Truth;
  readonly #source: Side;
  readonly #target: Side;
  readonly #who: string;
  /** Items without a counterpart in the folder that is theirs. */
  readonly #without: { path: string; item: Item }[] = [];
  readonly #over: { path: string; item: Item }[] = [];
  /** How often each search key stands in the source. */
  readonly #known = new Set<string>();

  constructor(truth: Truth, source: Side, target: Side, who: string) {
    this.#truth = truth;
    this.#source = source;
    this.#target = target;
    this.#who = who;
  }

  run(): void {
    const roots =
      this.#source.mailbox === PUBLIC_FOLDERS ? ['publicfoldersroot'] : ['msgfolderroot', 'archivemsgfolderroot'];
    for (const name of roots) {
      const from = this.#source.store.distinguished(this.#source.mailbox, name);
      if (from) this.#folder(from, this.#target.store.distinguished(this.#target.mailbox, name), '');
    }
    this.#judge();
  }

  #folder(from: FolderRecord, to: FolderRecord | undefined, path: string): void {
    this.#truth.folders++;
    const here = items(this.#source.store, from);
    const there = to ? items(this.#target.store, to) : [];
    this.#truth.items += here.length;
    if (!to && (here.length > 0 || from.distinguished === null)) this.#violation(`no folder ${path}`);
    const rest = Map.groupBy(there, (item) => `${item.key} ${item.content}`);
    for (const item of here) {
      this.#known.add(item.key);
      if (!rest.get(`${item.key} ${item.content}`)?.pop()) this.#without.push({ path, item });
    }
    for (const item of [...rest.values()].flat()) this.#over.push({ path, item });
    this.#children(from, to, path);
  }

  #children(from: FolderRecord, to: FolderRecord | undefined, path: string): void {
    const free = to ? this.#target.store.children(to.id, false) : [];
    for (const child of this.#source.store.children(from.id, false)) {
      const index = free.findIndex((other) => isCounterpart(child, other));
      const [found] = index < 0 ? [] : free.splice(index, 1);
      this.#folder(child, found, `${path}/${child.displayName}`);
    }
    for (const extra of free)
      if (extra.distinguished === null) this.#violation(`the target alone has a folder ${path}/${extra.displayName}`);
  }

  /** Sorts what has no counterpart: another content, another folder, lost, doubled, or never there. */
  #judge(): void {
    const take = (path: string, key: string, anywhere: boolean): boolean => {
      const index = this.#over.findIndex((one) => one.item.key === key && (anywhere || one.path === path));
      if (index >= 0) this.#over.splice(index, 1);
      return index >= 0;
    };
    for (const { path, item } of this.#without) {
      if (take(path, item.key, false)) this.#violation(`${path}: item ${item.id} differs`);
      else if (take(path, item.key, true)) this.#violation(`${path}: item ${item.id} lies in another folder`);
      else {
        this.#truth.lost++;
        this.#find(`${path}: item ${item.id} is lost`);
      }
    }
    for (const { path, item } of this.#over) {
      if (this.#known.has(item.key)) {
        this.#truth.doubled++;
        this.#find(`${path}: item ${item.id} of the target is a double`);
      } else this.#violation(`${path}: item ${item.id} of the target has no original`);
    }
  }

  #violation(text: string): void {
    this.#truth.violations++;
    this.#find(text);
  }

  #find(text: string): void {
    if (this.#truth.findings.length < 50) this.#truth.findings.push(`${this.#who}: ${text}`);
  }
}

function isCounterpart(a: FolderRecord, b: FolderRecord): boolean {
  if (a.distinguished !== null || b.distinguished !== null) return a.distinguished === b.distinguished;
  return plain(a.displayName) === plain(b.displayName);
}
/** No server keeps blanks at the end of a name. */
const plain = (name: string): string => name.normalize('NFC').trimEnd();

function items(store: OrganisationStore, folder: FolderRecord): Item[] {
  const found: Item[] = [];
  for (const associated of [false, true])
    for (let offset = 0; ; offset += PAGE) {
      const page = store.items({ folderId: folder.id, associated, offset, limit: PAGE });
      for (const item of page.items) {
        // Rules and configurations are made anew in the target, each through a door of its own: they are no items.
        if (isSettingItem(item)) continue;
        const digest = canonicalDigest(store.message(item.id)).toString('hex');
        found.push({ id: item.id, key: item.searchKey, content: `${associated} ${item.read} ${digest}` });
      }
      if (page.items.length < PAGE) break;
    }
  return found;
}
