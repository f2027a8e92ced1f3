import { createHash } from 'node:crypto';
import { setProp } from '../../core/domain/mapi/bag.ts';
import { PidTag } from '../../core/domain/mapi/tags.ts';
import { configurationMessage, escapeXml } from '../convert/small-items.ts';
import { IdCodec } from '../ews/ids.ts';
import type { FolderRecord, MailboxRecord, OrganisationStore } from '../model.ts';
import { delegatePairs } from './directory-objects.ts';
import { PRESENT } from './makers.ts';
import type { Person } from './people.ts';
import { level } from './permissions.ts';
import { Random } from './random.ts';
import { CATEGORIES, FOLDER_NAMES } from './texts.ts';

const DAY = 86_400_000;

/** A mailbox ready to take items: its owner, and the folders for each kind of item. */
export interface SeedMailbox {
  person: Person;
  mailbox: MailboxRecord;
  /** Distinguished folders by name. */
  well: Map<string, FolderRecord>;
  /** Folders for received mail, the inbox first. */
  mailFolders: FolderRecord[];
  calendars: FolderRecord[];
}

const WELL = [
  'msgfolderroot',
  'inbox',
  'sentitems',
  'drafts',
  'deleteditems',
  'junkemail',
  'calendar',
  'contacts',
  'tasks',
  'notes',
  'journal',
  'recoverableitemsdeletions',
  'archivemsgfolderroot',
];

/** The mailbox of a person with folders, permissions, delegates, rules and out-of-office as people have them. */
export function setUpMailbox(
  store: OrganisationStore,
  seed: number,
  person: Person,
  all: readonly Person[],
): SeedMailbox {
  const mailbox =
    store.mailbox(person.address) ??
    store.createMailbox({
      address: person.address,
      displayName: person.displayName,
      kind: person.kind,
      hasArchive: person.hasArchive,
      language: person.language,
    });
  const well = new Map<string, FolderRecord>();
  for (const name of WELL) {
    const folder = store.distinguished(mailbox.id, name);
    if (folder) well.set(name, folder);
  }
  const random = new Random(`mailbox\0${seed}\0${person.key}`);
  const made: SeedMailbox = {
    person,
    mailbox,
    well,
    mailFolders: [need(well, 'inbox')],
    calendars: [need(well, 'calendar')],
  };
  if (person.kind === 'user' || person.kind === 'linked' || person.kind === 'shared') addFolders(store, random, made);
  setPermissions(store, random, made, all);
  setSettings(store, random, made, all);
  return made;
}

export function need(well: ReadonlyMap<string, FolderRecord>, name: string): FolderRecord {
  const folder = well.get(name);
  if (!folder) throw new Error(`the mailbox has no ${name}`);
  return folder;
}

function addFolders(store: OrganisationStore, random: Random, box: SeedMailbox): void {
  const add = (parent: FolderRecord, displayName: string, folderClass: string): FolderRecord =>
    store.createFolder({ mailboxId: box.mailbox.id, parentId: parent.id, displayName, folderClass });
  for (const name of random.some(FOLDER_NAMES, random.int(3, 8))) {
    const parent = random.pick([...box.mailFolders, need(box.well, 'msgfolderroot')]);
    // A name may lie twice in a tree, but not twice in one folder.
    if (!store.children(parent.id, false).some((f) => f.displayName.toLowerCase() === name.toLowerCase())) {
      box.mailFolders.push(add(parent, name, 'IPF.Note'));
    }
  }
  if (random.chance(0.4)) box.calendars.push(add(need(box.well, 'calendar'), 'Schicht / 班次', 'IPF.Appointment'));
  if (random.chance(0.3)) add(need(box.well, 'contacts'), 'Privat', 'IPF.Contact');
  if (random.chance(0.2)) {
    let deep = box.mailFolders[0] ?? need(box.well, 'inbox');
    for (let i = 1; i <= 7; i++) deep = add(deep, `Ebene ${i}`, 'IPF.Note');
    box.mailFolders.push(deep);
  }
  const archive = box.well.get('archivemsgfolderroot');
  if (archive) add(archive, '2012–2018', 'IPF.Note');
}

function setPermissions(store: OrganisationStore, random: Random, box: SeedMailbox, all: readonly Person[]): void {
  const calendar = need(box.well, 'calendar');
  const others = all.filter((p) => p !== box.person && (p.kind === 'user' || p.kind === 'linked'));
  const permissions = [...calendar.permissions];
  for (const other of random.some(others, random.int(0, 3))) {
    permissions.push(level(random.pick(['Reviewer', 'Editor']), other.address, other.displayName, true));
  }
  for (const { owner, delegate } of delegatePairs(all)) {
    if (owner !== box.person) continue;
    const rest = permissions.filter((p) => p.user !== delegate.address);
    permissions.splice(0, permissions.length, ...rest, level('Editor', delegate.address, delegate.displayName, true));
    const tasks = need(box.well, 'tasks');
    store.updateFolder(tasks.id, {
      permissions: [...tasks.permissions, level('Editor', delegate.address, delegate.displayName, false)],
    });
  }
  if (permissions.length !== calendar.permissions.length) store.updateFolder(calendar.id, { permissions });
  if (box.person.kind !== 'shared') return;
  // A shared mailbox: its readers have rights on every folder.
  const readers = random.some(others, 4).map((p) => level('Owner', p.address, p.displayName, false));
  for (const folder of [need(box.well, 'msgfolderroot'), ...box.mailFolders]) {
    store.updateFolder(folder.id, { permissions: [...folder.permissions, ...readers] });
  }
}

function categoriesXml(): string {
  const rows = CATEGORIES.map(
    (name, index) =>
      `<category name="${escapeXml(name)}" color="${index}" keyboardShortcut="0" guid="{00000000-0000-0000-0000-00000000000${index}}"/>`,
  );
  return `<?xml version="1.0"?><categories default="${escapeXml(CATEGORIES[0])}" lastSavedSession="1" lastSavedTime="2026-01-01T00:00:00.000" xmlns="CategoryList.xsd">${rows.join('')}</categories>`;
}

function setSettings(store: OrganisationStore, random: Random, box: SeedMailbox, all: readonly Person[]): void {
  const { person, mailbox } = box;
  const change: Partial<MailboxRecord> = {
    delegates: delegatePairs(all)
      .filter(({ owner }) => owner === person)
      .map(({ delegate }) => ({
        address: delegate.address,
        displayName: delegate.displayName,
        levels: {
          calendar: 'Editor',
          tasks: 'Editor',
          inbox: 'None',
          contacts: 'None',
          notes: 'None',
          journal: 'None',
        },
        receiveCopies: true,
        viewPrivate: random.chance(0.3),
      })),
  };
  if (random.chance(0.25)) {
    change.outOfOffice = {
      state: random.chance(0.5) ? 'Scheduled' : 'Enabled',
      audience: random.pick(['None', 'Known', 'All']),
      internal: '<html><body>Ich bin bis 31. August abwesend. / I am away until 31 August.</body></html>',
      external: '<html><body>I am away – in urgent cases write to info@source.test.</body></html>',
      start: PRESENT - 2 * DAY,
      end: PRESENT + 12 * DAY,
    };
  }
  if (random.chance(0.35)) change.rules = rules(box, all);
  store.updateMailbox(mailbox.id, change);
  const categories = configurationMessage({ name: 'CategoryList', xml: categoriesXml(), created: PRESENT });
  setProp(categories, PidTag.SearchKey, createHash('md5').update(`categories\0${person.key}`).digest());
  store.createItem(need(box.well, 'calendar').id, categories, true);
}

/** Rules as people have them, two of them about a folder and a colleague of this organisation. */
function rules({ person, mailFolders }: SeedMailbox, all: readonly Person[]): MailboxRecord['rules'] {
  const rule = (priority: number, name: string, conditionsXml: string, actionsXml: string) => ({
    id: `rule-${person.key}-${priority}`,
    name,
    priority,
    enabled: priority !== 3,
    conditionsXml,
    exceptionsXml: '',
    actionsXml,
  });
  const folder = mailFolders.at(-1);
  const colleague = all.find((p) => p !== person && p.kind === 'user');
  return [
    ...(folder
      ? [
          rule(
            4,
            'Projekte → Ordner',
            '<t:ContainsSubjectStrings><t:String>Projekt</t:String></t:ContainsSubjectStrings>',
            `<t:MoveToFolder><t:FolderId Id="${new IdCodec('source').folder(folder.id)}"/></t:MoveToFolder>`,
          ),
        ]
      : []),
    ...(colleague
      ? [
          rule(
            5,
            'Vertretung',
            '<t:SentOnlyToMe>true</t:SentOnlyToMe>',
            `<t:ForwardToRecipients><t:Address><t:Name>${escapeXml(colleague.displayName)}</t:Name><t:EmailAddress>${colleague.address}</t:EmailAddress><t:RoutingType>SMTP</t:RoutingType></t:Address></t:ForwardToRecipients>`,
          ),
        ]
      : []),
    rule(
      1,
      'Rechnungen',
      '<t:ContainsSubjectStrings><t:String>Rechnung</t:String><t:String>Facture</t:String></t:ContainsSubjectStrings>',
      '<t:AssignCategories><t:String>Projekt Umzug</t:String></t:AssignCategories><t:StopProcessingRules>true</t:StopProcessingRules>',
    ),
    rule(
      2,
      'Newsletter <gelesen>',
      '<t:ContainsSenderStrings><t:String>newsletter@</t:String></t:ContainsSenderStrings>',
      '<t:MarkAsRead>true</t:MarkAsRead>',
    ),
    rule(3, 'Ausgeschaltet', '<t:HasAttachments>true</t:HasAttachments>', '<t:MarkImportance>High</t:MarkImportance>'),
  ];
}
