import type { OrganisationStore } from '../model.ts';
import { VIRTUAL_KEY, type VirtualPlan, writePlan } from '../state/virtual.ts';
import { labPassword, ORGANISATIONS, type Person } from './people.ts';

export const VIRTUAL_ADDRESS = `huge.archive@${ORGANISATIONS.source.smtpDomain}`;

export interface VirtualMailbox {
  items: number;
  /** Bytes of all export streams together. */
  bytes: number;
}

const FOLDERS = 20;
const YEAR = 365.25 * 86_400_000;

/** The owner of the simulated mailbox, for the directory. */
export function virtualPerson(seed: number, like: Person): Person {
  const alias = 'huge.archive';
  return {
    ...like,
    key: 'huge',
    kind: 'user',
    givenName: 'Huge',
    surname: 'Archive',
    displayName: 'Huge Archive',
    alias,
    address: VIRTUAL_ADDRESS,
    employeeId: '199999',
    hasArchive: false,
    manager: null,
    password: labPassword(seed, VIRTUAL_ADDRESS),
  };
}

/**
 * Makes the folders of a simulated mailbox, one a year, each with its share of the items. Takes no room, however large
 * the mailbox is said to be.
 */
export function setUpVirtualMailbox(store: OrganisationStore, seed: number, wanted: VirtualMailbox): void {
  const mailbox =
    store.mailbox(VIRTUAL_ADDRESS) ??
    store.createMailbox({ address: VIRTUAL_ADDRESS, displayName: 'Huge Archive', kind: 'user' });
  const inbox = store.distinguished(mailbox.id, 'inbox');
  if (!inbox) throw new Error('the simulated mailbox has no inbox');
  const each = Math.ceil(wanted.items / FOLDERS);
  for (let folder = 0, first = 0; first < wanted.items; folder++, first += each) {
    const count = Math.min(each, wanted.items - first);
    const plan: VirtualPlan = {
      seed,
      first,
      count,
      meanBytes: wanted.bytes / wanted.items,
      start: Date.UTC(2006 + folder, 0, 1),
      step: Math.max(1, Math.floor(YEAR / count)),
      owner: VIRTUAL_ADDRESS,
    };
    store.createFolder({
      mailboxId: mailbox.id,
      parentId: inbox.id,
      displayName: `Ablage ${2006 + folder}`,
      folderClass: 'IPF.Note',
      extra: { [VIRTUAL_KEY]: writePlan(plan) },
    });
  }
}
