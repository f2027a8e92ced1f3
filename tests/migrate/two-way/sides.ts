import { setProp } from '../../../core/domain/mapi/bag.ts';
import { decodeOrThrow } from '../../../core/domain/mapi/decode.ts';
import type { MapiMessage } from '../../../core/domain/mapi/model.ts';
import { PidTag } from '../../../core/domain/mapi/tags.ts';
import type { MailStore, StreamContent } from '../../../core/exchange/mail-store.ts';
import { mail, putMessages, replaceMessage } from '../messages.ts';

export interface Item {
  id: string;
  folderId: string;
  text: string;
}

/** What lies in a subtree: texts of items by folder path and search key. A doubled item has a number behind its key. */
export interface Content {
  folders: Map<string, string>;
  items: Map<string, Item>;
}

/** A person at one side of a subtree of public folders. */
export class Side {
  readonly box: MailStore;
  readonly #top: string;
  readonly #messages: Map<string, MapiMessage>;

  /** @param messages what both sides know of messages, by search key */
  constructor(box: MailStore, top: string, messages: Map<string, MapiMessage>) {
    this.box = box;
    this.#top = top;
    this.#messages = messages;
  }

  async content(): Promise<Content> {
    const found: Content = { folders: new Map(), items: new Map() };
    const paths = new Map<string, string>();
    for await (const folder of this.box.folders('publicFolders')) {
      const above = folder.parentId === null ? '' : `${paths.get(folder.parentId)}/`;
      const path = folder.parentId === null ? '' : `${above}${folder.name}`;
      paths.set(folder.id, path);
      if (path !== `/${this.#top}` && !path.startsWith(`/${this.#top}/`)) continue;
      found.folders.set(path, folder.id);
      for await (const page of this.box.list(folder.id)) {
        const read = await this.box.read(
          page.map(({ id }) => ({ id, itemClass: '', element: '' })),
          'stream',
        );
        for (const [index, { id, searchKey }] of page.entries()) {
          const answer = read[index];
          if (!answer?.ok) throw answer?.error;
          const message = decodeOrThrow(Buffer.concat((answer.value as StreamContent).parts));
          this.#messages.set(searchKey ?? '', message);
          let key = `${path} ${searchKey}`;
          while (found.items.has(key)) key += '+';
          found.items.set(key, { id, folderId: folder.id, text: bodyOf(message) });
        }
      }
    }
    return found;
  }

  async create(folderId: string, text: string): Promise<void> {
    const message = mail('item', 20, (m) => setProp(m, PidTag.Body, text));
    await putMessages(this.box, folderId, [message]);
  }

  async edit(key: string, { id, folderId }: Item, text: string): Promise<void> {
    const message = structuredClone(this.#messages.get(key.split(' ').at(-1) ?? ''));
    if (!message) throw new Error('nobody knows that message');
    setProp(message, PidTag.Body, text);
    await replaceMessage(this.box, { id, folderId }, message);
  }

  async remove({ id }: Item): Promise<void> {
    const [answer] = await this.box.deleteItems([id]);
    if (!answer?.ok) throw answer?.error;
  }

  async move({ id }: Item, folderId: string): Promise<void> {
    const [answer] = await this.box.moveItems([id], folderId);
    if (!answer?.ok) throw answer?.error;
  }

  async folder(parentId: string, name: string): Promise<void> {
    const [made] = await this.box.createFolders(parentId, [{ name, folderClass: 'IPF.Note' }]);
    if (!made?.ok) throw made?.error;
  }
}

function bodyOf(message: MapiMessage): string {
  return String(message.properties.find((p) => p.id === 0x1000)?.value ?? '');
}

/** Texts by path and search key: what both sides are compared by. */
export function texts({ items }: Content): Map<string, string> {
  return new Map([...items].map(([key, { text }]) => [key, text]));
}

/** Lets the server carry out the n-th call that changes something, and dies before the answer is on record. */
export function dyingAfter(writes: { left: number }, store: MailStore): MailStore {
  const changing = new Set(['write', 'deleteItems', 'moveItems', 'createFolders', 'setRead']);
  return new Proxy(store, {
    get(of, name) {
      const value: unknown = Reflect.get(of, name, of);
      if (typeof value !== 'function') return value;
      if (!changing.has(String(name))) return value.bind(of);
      return async (...given: unknown[]) => {
        const answer: unknown = await value.apply(of, given);
        if (writes.left-- === 0) throw new Error('died');
        return answer;
      };
    },
  });
}
