import { setProp } from '../../core/domain/mapi/bag.ts';
import { decodeOrThrow } from '../../core/domain/mapi/decode.ts';
import { canonicalDigest } from '../../core/domain/mapi/digest.ts';
import { encodeExportStream } from '../../core/domain/mapi/encode.ts';
import { PidTag } from '../../core/domain/mapi/tags.ts';
import type { MailStore, StreamContent } from '../../core/exchange/mail-store.ts';
import { mail, type World } from './world.ts';

/** A row of numbers that is the same for the same seed (xorshift). */
export function random(seed: number): () => number {
  let state = (seed * 2654435761 + 1) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}

export type Operation =
  | 'create'
  | 'update'
  | 'read'
  | 'move'
  | 'delete'
  | 'newFolder'
  | 'renameFolder'
  | 'moveFolder'
  | 'deleteFolder'
  | 'permission'
  | 'twin';

const WEIGHTS: [Operation, number][] = [
  ['create', 30],
  ['update', 15],
  ['read', 12],
  ['move', 14],
  ['delete', 14],
  ['newFolder', 4],
  ['renameFolder', 3],
  ['moveFolder', 3],
  ['deleteFolder', 1],
  ['permission', 2],
  ['twin', 2],
];

/** A person at work in a mailbox: knows its items and folders, and changes them at random. */
export class Person {
  readonly #world: World;
  readonly #box: MailStore;
  readonly #random: () => number;
  readonly #items = new Map<string, string>();
  readonly #folders = new Map<string, string>();
  #root = '';
  #inbox = '';
  #count = 0;
  readonly done: Partial<Record<Operation, number>> = {};

  constructor(world: World, box: MailStore, seed: number) {
    this.#world = world;
    this.#box = box;
    this.#random = random(seed);
  }

  async begin(items: number): Promise<void> {
    this.#inbox = await this.#world.inbox(this.#box);
    this.#root = (await this.#box.distinguished('msgfolderroot'))?.id ?? '';
    this.#folders.set(this.#inbox, this.#root);
    for (const name of ['Projects', 'Archive 2019', 'a/b\\c ', 'Ünï ﬁ'])
      this.#folders.set(await this.#world.folder(this.#box, this.#root, name), this.#root);
    const messages = Array.from({ length: items }, (_, i) => mail(`Item ${i}`, 50 + this.#below(2_000)));
    for (const folder of this.#folders.keys()) {
      const part = messages.splice(0, Math.ceil(items / this.#folders.size));
      if (part.length === 0) break;
      for (const info of await this.#world.put(this.#box, folder, part)) this.#items.set(info.id, folder);
    }
  }

  /** One change; what it was. */
  async change(): Promise<Operation> {
    const total = WEIGHTS.reduce((sum, [, weight]) => sum + weight, 0);
    let at = this.#below(total);
    const operation =
      WEIGHTS.find(([, weight]) => {
        at -= weight;
        return at < 0;
      })?.[0] ?? 'create';
    await this.#do(operation);
    this.done[operation] = (this.done[operation] ?? 0) + 1;
    return operation;
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }
  #pick<T>(list: T[]): T | undefined {
    return list[this.#below(list.length)];
  }

  async #do(operation: Operation): Promise<void> {
    this.#count++;
    const item = this.#pick([...this.#items.keys()]);
    const folder = this.#pick([...this.#folders.keys()]) ?? this.#inbox;
    const own = this.#pick([...this.#folders.keys()].filter((id) => id !== this.#inbox));
    switch (operation) {
      case 'create': {
        const made = await this.#world.put(this.#box, folder, [mail(`New ${this.#count}`, this.#below(5_000))]);
        for (const info of made) this.#items.set(info.id, folder);
        return;
      }
      case 'update':
        if (item) await this.#rewrite(item);
        return;
      case 'twin':
        if (item) await this.#copy(item, folder);
        return;
      case 'read':
        if (item) await this.#box.setRead([{ id: item, read: this.#random() < 0.5 }]);
        return;
      case 'move': {
        if (!item) return;
        const [moved] = await this.#box.moveItems([item], folder);
        if (!moved?.ok) throw moved?.error;
        this.#items.delete(item);
        this.#items.set(moved.value.id, folder);
        return;
      }
      case 'delete':
        if (!item) return;
        await this.#box.deleteItems([item]);
        this.#items.delete(item);
        return;
      default:
        await this.#folderChange(operation, folder, own);
    }
  }

  async #folderChange(operation: Operation, folder: string, own: string | undefined): Promise<void> {
    if (operation === 'newFolder') {
      this.#folders.set(await this.#world.folder(this.#box, folder, `Folder ${this.#count}`), folder);
      return;
    }
    if (!own) return;
    if (operation === 'renameFolder') await this.#box.updateFolder(own, { name: `Renamed ${this.#count}` });
    else if (operation === 'moveFolder') {
      const parent = this.#pick(
        [this.#root, this.#inbox, ...this.#folders.keys()].filter((id) => !this.#below_(id, own)),
      );
      if (!parent || parent === this.#folders.get(own)) return;
      await this.#box.moveFolder(own, parent);
      this.#folders.set(own, parent);
    } else if (operation === 'deleteFolder') {
      await this.#box.deleteFolder(own);
      for (const id of [...this.#folders.keys()].filter((f) => this.#below_(f, own))) this.#folders.delete(id);
      for (const [id, at] of this.#items) if (!this.#folders.has(at)) this.#items.delete(id);
    } else if (operation === 'permission') {
      const levels = ['Reviewer', 'Author', 'Editor', 'None'];
      const user = this.#world.users[1] ?? this.#world.users[0] ?? '';
      const entry = (name: string, level: string) => ({ user: name, displayName: '', level, rights: {} });
      await this.#box.updateFolder(own, {
        permissions: {
          calendar: false,
          unknown: [],
          entries: [entry('Default', 'None'), entry('Anonymous', 'None'), entry(user, this.#pick(levels) ?? 'Author')],
        },
      });
    }
  }

  /** Whether a folder is this one or below it. */
  #below_(id: string, top: string): boolean {
    for (let at: string | undefined = id; at; at = this.#folders.get(at)) if (at === top) return true;
    return false;
  }

  async #message(id: string) {
    const [read] = await this.#box.read([{ id, itemClass: '', element: '' }], 'stream');
    if (!read?.ok) throw read?.error;
    return decodeOrThrow(Buffer.concat((read.value as StreamContent).parts));
  }

  async #rewrite(id: string): Promise<void> {
    const message = await this.#message(id);
    setProp(message, PidTag.Body, `changed ${this.#count} ${'y'.repeat(this.#below(3_000))}`);
    const bytes = encodeExportStream(message);
    const [written] = await this.#box.write([
      {
        folderId: this.#items.get(id) ?? '',
        associated: false,
        itemClass: '',
        replaceId: id,
        content: { form: 'stream', parts: [bytes], size: bytes.length },
      },
    ]);
    if (!written?.ok) throw written?.error;
  }

  /** A copy that has the search key of its original, as copies made by Outlook have. */
  async #copy(id: string, folder: string): Promise<void> {
    const made = await this.#world.put(this.#box, folder, [await this.#message(id)]);
    for (const info of made) this.#items.set(info.id, folder);
  }
}

/** Every item of a mailbox with its folder's path and the digest of its content, sorted: two equal lists are equal mailboxes. */
export async function inventory(world: World, box: MailStore): Promise<string[]> {
  const lines: string[] = [];
  for (const [path, items] of await world.content(box)) {
    const normal = path.replace(/\s+(?=\/|$)/g, '');
    if (items.length === 0) continue;
    const read = await box.read(
      items.map((item) => ({ id: item.id, itemClass: '', element: '' })),
      'stream',
    );
    for (const [index, item] of items.entries()) {
      const answer = read[index];
      if (!answer?.ok) throw answer?.error;
      const digest = canonicalDigest(decodeOrThrow(Buffer.concat((answer.value as StreamContent).parts)));
      lines.push(`${normal} ${item.searchKey} ${item.read} ${digest.toString('hex').slice(0, 16)}`);
    }
  }
  return lines.sort();
}
