import { counterparts } from './counterparts.ts';
import {
  CONTACTS_OU,
  escapeRdn,
  GROUPS_OU,
  legacyDn,
  mailboxObject,
  objectGuid,
  PEOPLE_OU,
  personDn,
  RESOURCES_OU,
  type SeedObject,
  SYSTEM_OBJECTS,
} from './directory-common.ts';
import { groupObjects } from './groups.ts';
import { type Person, people, type Side, targetPeople } from './people.ts';
import type { PublicFolderPlan } from './public-plan.ts';
import { troubleObjects } from './trouble.ts';

function unit(dn: string, description: string): SeedObject {
  return { dn, objectClass: 'organizationalUnit', attributes: { description } };
}

const UNITS = [
  unit(PEOPLE_OU, 'People'),
  unit(RESOURCES_OU, 'Rooms, equipment and shared mailboxes'),
  unit(CONTACTS_OU, 'Contacts and mail users of other organisations'),
  unit(GROUPS_OU, 'Distribution groups'),
];

/**
 * Everything both directories hold beside what a fresh forest has: parents first, links after their targets or not.
 * `more` are further mailboxes of the source.
 */
export function directoryObjects(
  seed: number,
  users: number,
  publicFolders: readonly PublicFolderPlan[],
  more: readonly Person[] = [],
): Record<Side, SeedObject[]> {
  const sources = people(seed, users);
  const targets = targetPeople(seed, users);
  const sourceMap = new Map(sources.map((p) => [p.key, p]));
  const targetMap = new Map(targets.map((p) => [p.key, p]));
  const others = counterparts(sources, targets);
  const trouble = troubleObjects(sources, targets);
  const source = [
    ...UNITS,
    ...[...sources, ...more].map((p) => mailboxObject(p, sourceMap)),
    ...others.source,
    ...publicFolders.flatMap(publicFolderObject),
    ...trouble.source,
    ...groupObjects(
      'source',
      sources,
      others.source.map((o) => o.dn),
    ),
  ];
  const target = [
    ...UNITS,
    ...targets.map((p) => mailboxObject(p, targetMap)),
    ...others.target,
    ...trouble.target,
    ...groupObjects('target', targets, []),
  ];
  addDelegates(source, sources);
  return { source, target };
}

/** publicDelegates as Outlook writes them: the manager's calendar is kept by one of the department. */
function addDelegates(objects: SeedObject[], sources: readonly Person[]): void {
  const byDn = new Map(objects.map((o) => [o.dn, o]));
  for (const { owner, delegate } of delegatePairs(sources)) {
    const object = byDn.get(personDn(owner));
    if (object) object.attributes.publicDelegates = [personDn(delegate)];
  }
  const [first, , , , redirected] = sources;
  const object = redirected && byDn.get(personDn(redirected));
  if (object && first) {
    object.attributes.altRecipient = personDn(first);
    object.attributes.deliverAndRedirect = true;
  }
}

/** Who keeps whose calendar: the same in the directory and in the mailboxes. */
export function delegatePairs(sources: readonly Person[]): { owner: Person; delegate: Person }[] {
  const leads = sources.filter((p) => p.kind === 'user' && sources.some((other) => other.manager === p.key));
  return leads.flatMap((owner) => {
    const delegate = sources.find((p) => p.manager === owner.key && p.kind === 'user');
    return delegate ? [{ owner, delegate }] : [];
  });
}

function publicFolderObject(folder: PublicFolderPlan): SeedObject[] {
  if (!folder.mail) return [];
  const { alias, address } = folder.mail;
  return [
    {
      dn: `CN=${escapeRdn(alias)},${SYSTEM_OBJECTS}`,
      objectClass: 'publicFolder',
      attributes: {
        displayName: folder.path.at(-1) ?? alias,
        mail: address,
        mailNickname: alias,
        proxyAddresses: [`SMTP:${address}`],
        legacyExchangeDN: legacyDn('source', alias),
        msExchRecipientDisplayType: '2',
        msExchRecipientTypeDetails: '8',
        msExchVersion: '88218628259840',
        objectGUID: objectGuid('source', `pf\0${alias}`),
      },
    },
  ];
}
