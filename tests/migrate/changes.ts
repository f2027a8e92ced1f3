import { setProp } from '../../core/domain/mapi/bag.ts';
import { decodeOrThrow } from '../../core/domain/mapi/decode.ts';
import type { MapiMessage } from '../../core/domain/mapi/model.ts';
import { PidTag } from '../../core/domain/mapi/tags.ts';
import { EwsError } from '../../core/exchange/ews/codes.ts';
import type { MailStore, StreamContent } from '../../core/exchange/mail-store.ts';
import { CHANGES, type Change, type ChangeKind, random, WEIGHTS } from './change-kinds.ts';
import { mail, putMessages, replaceMessage } from './messages.ts';

interface Kept {
  folder: string;
  kind: 'mail' | 'contact' | 'task' | 'associated';
}

/** A person at work in a mailbox: knows its items and folders, and changes them. */
export class Person {
  readonly #box: MailStore;
  readonly #others: string[];
  readonly #random: () => number;
  readonly #items = new Map<string, Kept>();
  /** Own folders, with their parents. */
  readonly #folders = new Map<string, string>();
  readonly #names = new Map<string, string>();
  #places: Record<'root' | 'inbox' | 'contacts' | 'tasks', string> = { root: '', inbox: '', contacts: '', tasks: '' };
  #count = 0;
  readonly done: Partial<Record<ChangeKind, number>> = {};

  /** @param others addresses of people who may be given rights */
  constructor(box: MailStore, others: string[], seed: number) {
    this.#box = box;
    this.#others = others;
    this.#random = random(seed);
  }

  /** Makes folders and `items` messages to begin with. */
  async begin(items: number, folders = ['Projects', 'Archive 2019', 'a/b\\c ', 'Ünï ﬁ']): Promise<void> {
    await this.#findPlaces();
    const { inbox, root } = this.#places;
    const made = await this.#box.createFolders(
      root,
      folders.map((name) => ({ name, folderClass: 'IPF.Note' })),
    );
    for (const [index, answer] of made.entries()) {
      if (!answer.ok) throw answer.error;
      this.#own(answer.value, root, folders[index] ?? '');
    }
    const places = [inbox, ...this.#folders.keys()];
    const messages = Array.from({ length: items }, (_, i) => mail(`Item ${i}`, 50 + this.#below(2_000)));
    const each = Math.ceil(items / places.length);
    for (const folder of places)
      for (const info of await putMessages(this.#box, folder, messages.splice(0, each)))
        this.#items.set(info.id, { folder, kind: 'mail' });
  }

  /** Takes over a mailbox as it is, with what people have in it. */
  async adopt(): Promise<void> {
    await this.#findPlaces();
    await this.look();
  }

  /** Looks at the mailbox again: after a change of which nobody knows whether it was made. */
  async look(): Promise<void> {
    this.#items.clear();
    this.#folders.clear();
    const { inbox, contacts, tasks } = this.#places;
    const places = new Set([inbox, contacts, tasks]);
    for await (const { id, parentId, name, ...folder } of this.#box.folders('mailbox'))
      if (folder.distinguished === null && !folder.search && !folder.hidden && parentId !== null) {
        this.#own(id, parentId, name);
        places.add(id);
      }
    for (const folder of places)
      for await (const page of this.#box.list(folder))
        for (const { id, itemClass } of page) this.#items.set(id, { folder, kind: kindOf(itemClass) });
  }

  async #findPlaces(): Promise<void> {
    for (const place of ['root', 'inbox', 'contacts', 'tasks'] as const) {
      const name = place === 'root' ? 'msgfolderroot' : place;
      this.#places[place] = (await this.#box.distinguished(name))?.id ?? '';
    }
  }

  /** One change by chance; what it was. */
  async change(): Promise<ChangeKind> {
    const total = WEIGHTS.reduce((sum, weight) => sum + weight, 0);
    let left = this.#below(total);
    const kind = CHANGES.find((_, i) => {
      left -= WEIGHTS[i] ?? 0;
      return left < 0;
    });
    if (!kind) throw new Error('the weights have no sum');
    await this.make({ kind, a: this.#below(0xffff), b: this.#below(0xffff), c: this.#below(0xffff) });
    return kind;
  }

  /** Carries a change out on what is there. One that finds nothing to change does nothing. */
  async make(change: Change): Promise<void> {
    this.#count++;
    this.done[change.kind] = (this.done[change.kind] ?? 0) + 1;
    const handled = (await this.#itemChange(change)) || (await this.#folderChange(change));
    if (!handled) throw new Error(`nobody makes a change of kind ${change.kind}`);
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #own(id: string, parent: string, name: string): void {
    this.#folders.set(id, parent);
    this.#names.set(id, name);
  }

  #pick<T>(list: T[], number: number): T | undefined {
    return list[number % Math.max(1, list.length)];
  }

  #item(number: number, kind?: Kept['kind']): string | undefined {
    const fit = [...this.#items].filter(([, kept]) => kind === undefined || kept.kind === kind);
    return this.#pick(fit, number)?.[0];
  }

  async #itemChange({ kind, a, b, c }: Change): Promise<boolean> {
    const folder = this.#pick([this.#places.inbox, ...this.#folders.keys()], b) ?? this.#places.inbox;
    const { contacts, tasks } = this.#places;
    switch (kind) {
      case 'create':
        await this.#put(folder, mail(`New ${this.#count}`, c % 5_000), 'mail');
        return true;
      case 'createContact':
        await this.#put(contacts, ofClass('IPM.Contact', `Contact ${this.#count}`), 'contact');
        return true;
      case 'createTask':
        await this.#put(tasks, ofClass('IPM.Task', `Task ${this.#count}`), 'task');
        return true;
      case 'createAssociated':
        await this.#put(folder, ofClass('IPM.Configuration.Test', `View ${this.#count}`), 'associated');
        return true;
      case 'update':
        await this.#rewrite(this.#item(a), (message) =>
          setProp(message, PidTag.Body, `changed ${this.#count} ${'y'.repeat(c % 3_000)}`),
        );
        return true;
      case 'flag':
        await this.#rewrite(this.#item(a, 'mail'), (message) => {
          setProp(message, PidTag.FlagStatus, c % 3);
          setProp(message, PidTag.Importance, b % 3);
        });
        return true;
      case 'read':
        await this.#read(this.#item(a, 'mail'), c % 2 === 0);
        return true;
      case 'move':
        await this.#move(this.#item(a, 'mail'), folder);
        return true;
      case 'twin':
        await this.#copy(this.#item(a, 'mail'), folder);
        return true;
      case 'twinHere':
        await this.#copy(this.#item(a), undefined);
        return true;
      case 'delete':
        await this.#delete(this.#item(a));
        return true;
      case 'deleteContact':
        await this.#delete(this.#item(a, 'contact'));
        return true;
      case 'deleteTask':
        await this.#delete(this.#item(a, 'task'));
        return true;
      default:
        return false;
    }
  }

  async #folderChange({ kind, a, b, c }: Change): Promise<boolean> {
    const own = this.#pick([...this.#folders.keys()], a);
    const parents = [this.#places.root, this.#places.inbox, ...this.#folders.keys()];
    const parent = this.#pick(parents, b) ?? this.#places.root;
    switch (kind) {
      case 'newFolder':
        await this.#newFolder(`Folder ${this.#count}`, parent);
        return true;
      case 'caseTwin': {
        // Beside its twin a name is refused; below another parent it is not, and there it may meet it by a later move.
        const name = own === undefined ? 'Twin' : (this.#names.get(own) ?? 'Twin');
        await this.#newFolder(name.toUpperCase() === name ? name.toLowerCase() : name.toUpperCase(), parent);
        return true;
      }
      case 'renameFolder':
        if (own) await this.#rename(own, c % 4 === 0 ? swapCase(this.#names.get(own) ?? '') : `Renamed ${this.#count}`);
        return true;
      case 'swapNames':
        await this.#swap(own);
        return true;
      case 'moveFolder':
        if (own) await this.#moveFolder(own, parent);
        return true;
      case 'deleteFolder':
        if (own) await this.#deleteFolder(own);
        return true;
      case 'permission':
        if (own) await this.#permission(own, c);
        return true;
      default:
        return false;
    }
  }

  async #put(folder: string, message: MapiMessage, kind: Kept['kind']): Promise<void> {
    for (const info of await putMessages(this.#box, folder, [message], kind === 'associated'))
      this.#items.set(info.id, { folder, kind });
  }

  async #read(id: string | undefined, read: boolean): Promise<void> {
    if (id) await this.#box.setRead([{ id, read }]);
  }

  async #move(id: string | undefined, folder: string): Promise<void> {
    const kept = this.#items.get(id ?? '');
    if (!id || !kept || kept.folder === folder) return;
    const [moved] = await this.#box.moveItems([id], folder);
    if (!moved?.ok) throw moved?.error;
    this.#items.delete(id);
    this.#items.set(moved.value.id, { ...kept, folder });
  }

  async #delete(id: string | undefined): Promise<void> {
    if (!id) return;
    await this.#box.deleteItems([id]);
    this.#items.delete(id);
  }

  /** A copy that has the search key of its original, as copies made by Outlook have. */
  async #copy(id: string | undefined, to: string | undefined): Promise<void> {
    const kept = this.#items.get(id ?? '');
    if (!id || !kept) return;
    await this.#put(to ?? kept.folder, await this.#message(id), kept.kind);
  }

  async #message(id: string): Promise<MapiMessage> {
    const [read] = await this.#box.read([{ id, itemClass: '', element: '' }], 'stream');
    if (!read?.ok) throw read?.error;
    return decodeOrThrow(Buffer.concat((read.value as StreamContent).parts));
  }

  async #rewrite(id: string | undefined, change: (message: MapiMessage) => void): Promise<void> {
    const kept = this.#items.get(id ?? '');
    if (!id || !kept) return;
    const message = await this.#message(id);
    change(message);
    await replaceMessage(this.#box, { id, folderId: kept.folder }, message, kept.kind === 'associated');
  }

  async #newFolder(name: string, parent: string): Promise<void> {
    const [made] = await this.#box.createFolders(parent, [{ name, folderClass: 'IPF.Note' }]);
    if (made?.ok) this.#own(made.value, parent, name);
    else unlessTaken(made?.error);
  }

  async #rename(own: string, name: string): Promise<void> {
    try {
      await this.#box.updateFolder(own, { name });
      this.#names.set(own, name);
    } catch (error) {
      unlessTaken(error);
    }
  }

  /** Two folders of one parent take each other's names, over a third. */
  async #swap(own: string | undefined): Promise<void> {
    const other = [...this.#folders].find(([id, at]) => id !== own && at === this.#folders.get(own ?? ''))?.[0];
    if (!own || !other) return;
    const [a = '', b = ''] = [this.#names.get(own), this.#names.get(other)];
    await this.#rename(own, `Between ${this.#count}`);
    await this.#rename(other, a);
    await this.#rename(own, b);
  }

  async #moveFolder(own: string, parent: string): Promise<void> {
    if (this.#isBelow(parent, own) || parent === this.#folders.get(own)) return;
    try {
      await this.#box.moveFolder(own, parent);
      this.#folders.set(own, parent);
    } catch (error) {
      unlessTaken(error);
    }
  }

  async #deleteFolder(own: string): Promise<void> {
    await this.#box.deleteFolder(own);
    for (const id of [...this.#folders.keys()].filter((f) => this.#isBelow(f, own))) this.#folders.delete(id);
    const { inbox, contacts, tasks } = this.#places;
    const there = new Set([inbox, contacts, tasks, ...this.#folders.keys()]);
    for (const [id, { folder }] of this.#items) if (!there.has(folder)) this.#items.delete(id);
  }

  async #permission(own: string, number: number): Promise<void> {
    const levels = ['Reviewer', 'Author', 'Editor', 'None'];
    const entry = (user: string, level: string) => ({ user, displayName: '', level, rights: {} });
    const entries = [entry('Default', 'None'), entry('Anonymous', 'None')];
    const other = this.#pick(this.#others, number);
    if (other) entries.push(entry(other, this.#pick(levels, number) ?? 'Author'));
    await this.#box.updateFolder(own, { permissions: { calendar: false, unknown: [], entries } });
  }

  /** Whether a folder is this one or below it. */
  #isBelow(id: string, top: string): boolean {
    for (let at: string | undefined = id; at; at = this.#folders.get(at)) if (at === top) return true;
    return false;
  }
}

function kindOf(itemClass: string): Kept['kind'] {
  if (itemClass.startsWith('IPM.Contact')) return 'contact';
  return itemClass.startsWith('IPM.Task') ? 'task' : 'mail';
}

/** A name that is taken makes a change void, as it does for a person. */
function unlessTaken(error: unknown): void {
  if (!(error instanceof EwsError) || error.code !== 'ErrorFolderExists') throw error;
}

const swapCase = (name: string): string => (name === name.toUpperCase() ? name.toLowerCase() : name.toUpperCase());

function ofClass(itemClass: string, subject: string): MapiMessage {
  return mail(subject, 40, (message) => setProp(message, PidTag.MessageClass, itemClass));
}
