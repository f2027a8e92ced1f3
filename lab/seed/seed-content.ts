import { getText } from '../../core/domain/mapi/bag.ts';
import type { MapiMessage } from '../../core/domain/mapi/model.ts';
import { PidTag } from '../../core/domain/mapi/tags.ts';
import type { FolderRecord, OrganisationStore } from '../model.ts';
import { putOne, putPublic, putRoster, ROSTER_SIZE, rawItems, type SeedScenes, SeedWriter, scene } from './content.ts';
import { type Corpus, readCorpus, type Unreadable } from './corpus.ts';
import { poolBytes } from './files.ts';
import { need, type SeedMailbox, setUpMailbox } from './mailbox-setup.ts';
import { mail } from './makers.ts';
import { type Person, people } from './people.ts';
import { seedPublicFolders } from './public-content.ts';
import { publicFolderPlan } from './public-plan.ts';
import { Random } from './random.ts';

export const SEED_DEFAULTS = { seed: 1, users: 24, items: 2400, folders: 220 } as const;

export interface SeedOptions {
  seed: number;
  /** People with a mailbox in the source; rooms, equipment and shared mailboxes come on top. */
  users: number;
  /** Items of the source in all, mailboxes and public folders together, corpus and folder-associated items included. */
  items: number;
  /** Public folders. */
  folders: number;
  /** A folder with .eml and .ics files; all that can be read are placed. */
  corpus?: string | undefined;
  /** Bytes of extra large items in the first mailbox, beyond `items`. */
  largeItems?: readonly number[];
  progress?: (text: string) => void;
}

export interface SeedReport {
  mailboxes: number;
  publicFolders: number;
  items: number;
  bytes: number;
  corpus: { files: number; placed: number; unparsable: Unreadable[]; partial: Unreadable[] } | null;
}

/** Share of the items that lies in public folders. */
const PUBLIC_SHARE = 0.16;

/** Fills the source organisation, all in one transaction: the same store content for the same options. */
export async function seedContent(store: OrganisationStore, options: SeedOptions): Promise<SeedReport> {
  const persons = people(options.seed, options.users);
  const corpus = options.corpus === undefined ? undefined : await readCorpus(options.corpus);
  const owners = persons.filter((p) => p.kind === 'user' || p.kind === 'linked');
  const [first, second = first] = owners;
  const raw = first && second ? await rawItems(first, second) : [];
  return store.seeding(() => fill(store, options, persons, raw, corpus));
}

function fill(
  store: OrganisationStore,
  options: SeedOptions,
  persons: readonly Person[],
  raw: readonly MapiMessage[],
  corpus: Corpus | undefined,
): SeedReport {
  const { seed } = options;
  const boxes = persons.map((p) => setUpMailbox(store, seed, p, persons));
  options.progress?.(`${boxes.length} mailboxes`);
  const folders = seedPublicFolders(store, seed, publicFolderPlan(seed, options.folders), persons);
  options.progress?.(`${folders.length} public folders`);
  const writer = new SeedWriter(store);
  let serial = 0;
  const scenes: SeedScenes = { seed, everyone: persons, next: () => ++serial };
  // None at all where none are wanted: a practice of one's own begins with empty mailboxes.
  if (options.items > 0) putRoster(writer, scenes, boxes, raw);
  if (corpus) putCorpus(writer, boxes, corpus);
  fillPublic(writer, scenes, options, folders, persons);
  fillMailboxes(writer, scenes, options, boxes);
  putLarge(writer, scenes, options.largeItems ?? [], boxes);
  options.progress?.(`${writer.items} items`);
  return {
    mailboxes: boxes.length,
    publicFolders: folders.length,
    items: writer.items,
    bytes: writer.bytes,
    corpus: corpus
      ? {
          files: corpus.files,
          placed: corpus.mails.length + corpus.calendars.length,
          unparsable: corpus.unparsable,
          partial: corpus.partial,
        }
      : null,
  };
}

/** Real mail goes to people's inboxes, real calendars to their calendars, one person after the other. */
function putCorpus(writer: SeedWriter, boxes: readonly SeedMailbox[], corpus: Corpus): void {
  const owners = boxes.filter((b) => b.person.kind === 'user' || b.person.kind === 'linked');
  const place = (message: MapiMessage, index: number, where: string) => {
    const box = owners[index % owners.length];
    if (box) writer.put(need(box.well, where), message);
  };
  corpus.mails.forEach((message, index) => {
    place(message, index, 'inbox');
  });
  corpus.calendars.forEach((message, index) => {
    place(message, index, getText(message, PidTag.MessageClass) === 'IPM.Task' ? 'tasks' : 'calendar');
  });
}

function fillPublic(
  writer: SeedWriter,
  scenes: SeedScenes,
  options: SeedOptions,
  folders: readonly FolderRecord[],
  persons: readonly Person[],
): void {
  const authors = persons.filter((p) => p.kind === 'user' || p.kind === 'linked');
  const [head] = authors;
  const random = new Random(`public-items\0${options.seed}`);
  const left = options.items - writer.items;
  const count = Math.min(Math.max(0, left), Math.round(options.items * PUBLIC_SHARE));
  // Every folder class gets something before chance decides.
  const byClass = [...Map.groupBy(folders, (f) => f.folderClass).values()].flatMap((list) => list.slice(0, 1));
  for (let i = 0; i < count && head; i++) {
    const folder = byClass[i] ?? random.pick(folders);
    putPublic(writer, scenes, folder, random.pick(authors));
  }
}

function fillMailboxes(
  writer: SeedWriter,
  scenes: SeedScenes,
  options: SeedOptions,
  boxes: readonly SeedMailbox[],
): void {
  const random = new Random(`shares\0${options.seed}`);
  const weights = boxes.map((b) =>
    random.logNormal(b.person.kind === 'user' || b.person.kind === 'linked' ? 10 : 3, 2),
  );
  const total = weights.reduce((a, b) => a + b, 0);
  const cumulative: number[] = [];
  for (const weight of weights) cumulative.push((cumulative.at(-1) ?? 0) + weight);
  let next = 0;
  const wanted = options.items > 0 ? Math.max(options.items, ROSTER_SIZE) : 0;
  while (writer.items < wanted) {
    // One each first: no mailbox stays empty.
    const at = random.next() * total;
    const index = next < boxes.length ? next++ : cumulative.findIndex((edge) => at < edge);
    const box = boxes[Math.max(0, index)];
    if (!box) return;
    putOne(writer, scenes, box);
  }
}

function putLarge(
  writer: SeedWriter,
  scenes: SeedScenes,
  sizes: readonly number[],
  boxes: readonly SeedMailbox[],
): void {
  const [box] = boxes;
  for (const size of sizes) {
    if (!box) return;
    const s = scene(scenes, box.person);
    const data = poolBytes(s.random, size);
    const files = [{ name: `Messdaten ${Math.round(size / 1e6)} MB.bin`, mimeType: 'application/octet-stream', data }];
    writer.put(need(box.well, 'inbox'), mail(s, { subject: `Messdaten ${size}`, files }));
  }
}
