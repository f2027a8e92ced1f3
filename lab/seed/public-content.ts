import type { FolderPermission, FolderRecord, OrganisationStore } from '../model.ts';
import type { Person } from './people.ts';
import { level } from './permissions.ts';
import type { PublicFolderPlan } from './public-plan.ts';
import { Random } from './random.ts';

/** Makes the tree of public folders with its permissions; returns the folders in the plan's order. */
export function seedPublicFolders(
  store: OrganisationStore,
  seed: number,
  plan: readonly PublicFolderPlan[],
  people: readonly Person[],
): FolderRecord[] {
  const root = store.distinguished('publicFolders', 'publicfoldersroot');
  if (!root) throw new Error('the organisation has no public folders');
  const random = new Random(`public-content\0${seed}`);
  const made = new Map<string, FolderRecord>();
  return plan.map((folder) => {
    const parent = made.get(folder.path.slice(0, -1).join('\0')) ?? root;
    const displayName = folder.path.at(-1) ?? '';
    const record = store.createFolder({
      mailboxId: root.mailboxId,
      parentId: parent.id,
      displayName,
      folderClass: folder.folderClass,
      permissions: permissions(random, parent.permissions, people, folder.folderClass),
      extra: extraOf(folder),
    });
    made.set(folder.path.join('\0'), record);
    return record;
  });
}

/** Text of properties by tag: comments, and the mail address of a mail-enabled folder. */
function extraOf(folder: PublicFolderPlan): Record<string, string> {
  const extra: Record<string, string> = {};
  if (folder.mail) {
    // PidTagAddressBookProxyRequired and the address people see
    extra['671f000b'] = 'true';
    extra['39fe001f'] = folder.mail.address;
  }
  if (folder.path.length === 1) extra['3004001f'] = `${folder.path[0]} – seit 2014`;
  return extra;
}

/** Most folders have what their parent has; some are closed to all but a few, and some name people who have left. */
function permissions(
  random: Random,
  inherited: FolderPermission[],
  people: readonly Person[],
  folderClass: string,
): FolderPermission[] {
  const calendar = folderClass.startsWith('IPF.Appointment');
  const persons = people.filter((p) => p.kind === 'user' || p.kind === 'linked');
  if (random.chance(0.6) || persons.length === 0) return inherited;
  const out: FolderPermission[] = [
    level(random.pick(['None', 'Reviewer', 'Author', 'Contributor']), 'Default', '', calendar),
    level(random.pick(['None', 'None', 'Contributor']), 'Anonymous', '', calendar),
  ];
  for (const p of random.some(persons, random.int(1, 4))) {
    out.push(
      level(random.pick(['Owner', 'PublishingEditor', 'Editor', 'Reviewer']), p.address, p.displayName, calendar),
    );
  }
  if (random.chance(0.3)) out.push(level('Editor', 'all-staff@source.test', 'DL All Staff / Alle', calendar));
  if (random.chance(0.1)) out.push(level('Owner', 'gone.long.ago@source.test', 'Gone Long-Ago', calendar));
  return out;
}
