import { randomBytes } from 'node:crypto';
import { classesOf } from './ldap/constructed.ts';
import type { Change, Directory } from './ldap/directory.ts';
import { isMailbox, primaryAddress } from './ldap/organisation-directory.ts';
import type { Entry } from './ldap/tree.ts';
import type { MailboxRecord, OrganisationStore } from './model.ts';

/** Attributes whose change may make, rename, extend or disconnect a mailbox. */
const watched = new Set([
  'homemdb',
  'msexchmailboxguid',
  'msexcharchiveguid',
  'msexchrecipienttypedetails',
  'proxyaddresses',
  'mail',
  'displayname',
]);

/** msExchRecipientTypeDetails to the lab's kinds. */
const kinds: Record<string, MailboxRecord['kind']> = {
  '1': 'user',
  '2': 'linked',
  '4': 'shared',
  '16': 'room',
  '32': 'equipment',
};

/**
 * Keeps the mailboxes of an organisation as its directory says, the way Exchange's store follows Active Directory: a user
 * whose homeMDB names a database has a mailbox; when homeMDB is taken away the mailbox is disconnected, never deleted;
 * when it comes back so does the mailbox.
 */
export class Provisioning {
  private readonly directory: Directory;
  private readonly store: OrganisationStore;

  constructor(directory: Directory, store: OrganisationStore) {
    this.directory = directory;
    this.store = store;
  }

  /** Brings every mailbox in line, then follows each change; returns what ends it. */
  start(): () => void {
    this.store.transaction(() => {
      for (const entry of this.directory.tree.entries.values()) this.follow(entry);
    });
    return this.directory.subscribe((change) => this.changed(change));
  }

  private changed(change: Change): void {
    const concerns = change.kind === 'delete' || [...change.attributes].some((name) => watched.has(name));
    if (concerns) this.store.transaction(() => this.follow(change.entry));
  }

  private follow(entry: Entry): void {
    if (entry.nc !== 'domain' || !classesOf(entry).includes('user')) return;
    const known = this.directory.note(noteOf(entry));
    const onDatabase = this.directory.targets(entry, 'homeMDB').length > 0;
    if (!onDatabase) {
      if (known !== undefined) this.disconnect(known);
      return;
    }
    if (!isMailbox(this.directory, entry)) {
      // Enable-Mailbox without a GUID to come: the store makes one. The change comes back here by itself.
      const guid = randomBytes(16).toString('latin1');
      this.directory.write(entry, { values: new Map([['msexchmailboxguid', [guid]]]), links: [] });
      if (known === undefined && this.directory.note(noteOf(entry)) === undefined) this.connect(entry, known);
      return;
    }
    this.connect(entry, known);
  }

  private connect(entry: Entry, known: string | undefined): void {
    const { tree } = this.directory;
    const address = primaryAddress(tree, entry);
    if (address === null) return;
    const displayName = tree.first(entry, 'displayname') ?? entry.rdn.value;
    const kind = kinds[tree.first(entry, 'msexchrecipienttypedetails') ?? ''] ?? 'user';
    const hasArchive = entry.attributes.has('msexcharchiveguid');
    const before = known === undefined ? undefined : this.store.mailbox(known);
    if (!before) {
      this.create(entry, { address, displayName, kind, hasArchive });
      return;
    }
    const isSame =
      before.address === address &&
      before.displayName === displayName &&
      before.kind === kind &&
      before.hasArchive === (hasArchive || before.hasArchive);
    if (isSame) return;
    const holder = this.store.mailbox(address);
    if (holder && holder.id !== before.id) return;
    this.store.updateMailbox(before.id, { address, displayName, kind, hasArchive: hasArchive || before.hasArchive });
  }

  private create(
    entry: Entry,
    wanted: Pick<MailboxRecord, 'address' | 'displayName' | 'kind'> & { hasArchive: boolean },
  ): void {
    // Two objects with one address: the first has the mailbox, as mail for it arrives there.
    const holder = this.store.mailbox(wanted.address);
    const culture = this.directory.tree.first(entry, 'msexchuserculture');
    const language = culture?.slice(0, 2);
    const mailbox = holder ?? this.store.createMailbox({ ...wanted, ...(language ? { language } : {}) });
    this.directory.setNote(noteOf(entry), mailbox.id);
  }

  /** Nobody reaches it by an address any more; content and ids stay. */
  private disconnect(id: string): void {
    const mailbox = this.store.mailbox(id);
    const address = `${id}@${disconnected}`;
    if (mailbox && mailbox.address !== address) this.store.updateMailbox(id, { address });
  }
}

const disconnected = 'disconnected.invalid';

function noteOf(entry: Entry): string {
  return `mailbox:${entry.guid}`;
}
