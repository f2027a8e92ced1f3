import type { Finding, Remedy } from '../../domain/checks.ts';
import { formatDuration } from '../../domain/format.ts';
import type { AccountPurpose } from '../../domain/words.ts';
import { type Check, failed, notApplicable, notTried, passed, REQUIREMENTS, warning } from '../check.ts';
import { type AccountEntry, findAccountEntry, lockoutPolicy, memberships } from '../directory/account.ts';
import { lookIntoDeletedObjects } from '../directory/deleted-objects.ts';
import { domainSid, POWERFUL_GROUPS } from '../directory/well-known.ts';
import type { DirectorySession, Login, PreflightForest } from '../environment.ts';
import { restsOn } from '../explain.ts';
import { powershellQuoted } from '../quote.ts';

const DAY = 86_400_000;
const SOON = 30 * DAY;

/** Accounts of one forest as a check needs them: where it looks, and whom it looks at. */
interface Subject {
  session: DirectorySession;
  user: string;
  entry: AccountEntry;
}

/** Checks of the directory's view of the service accounts. */
export function accountRightsChecks(forest: PreflightForest): Check[] {
  return [
    groupCheck(
      forest,
      'exchange',
      'organization-management',
      ['Organization Management', 'Exchange Organization Administrators'],
      REQUIREMENTS.permissions,
    ),
    groupCheck(
      forest,
      'exchange',
      'recipient-management',
      ['Recipient Management', 'Organization Management'],
      REQUIREMENTS.mailboxAccount,
    ),
    groupCheck(
      forest,
      'public-folders',
      'public-folder-management',
      ['Public Folder Management'],
      REQUIREMENTS.publicFolders,
    ),
    deletedObjectsCheck(forest),
    mailboxCheck(forest),
    ...(['directory', 'exchange', 'public-folders'] as const).map((purpose) => passwordCheck(forest, purpose)),
    lockoutCheck(forest),
    leastPrivilegeCheck(forest),
    ...(forest.forest.role === 'target' ? [directoryWriteCheck(forest)] : []),
  ];
}

/** Runs `judge` with the account of a purpose; says why it cannot where the account or the connection is missing. */
async function withAccount(
  forest: PreflightForest,
  purposes: readonly AccountPurpose[],
  judge: (subject: Subject) => Promise<Finding>,
): Promise<Finding> {
  let login: Login | undefined;
  for (const purpose of purposes) login ??= await forest.login(purpose);
  if (!login) return notApplicable(`no ${purposes[0]} account is set`);
  let session: DirectorySession;
  try {
    session = await forest.directory();
  } catch (error) {
    return restsOn(error, 'accounts.directory');
  }
  const entry = await findAccountEntry(session, login.user);
  if (!entry) return notTried(`${login.user} is not found in ${session.facts.baseDn}; it may belong to another domain`);
  return judge({ session, user: login.user, entry });
}

function groupCheck(
  forest: PreflightForest,
  purpose: AccountPurpose,
  id: string,
  groups: readonly string[],
  source: string,
): Check {
  const quoted = groups.map((name) => `"${name}"`).join(' or ');
  return {
    id: `accounts.group.${id}`,
    group: 'accounts',
    title: `The ${purpose} account is a member of ${groups[0]}`,
    object: forest.forest.name,
    requirement: { text: `Member of ${quoted}, directly or through other groups.`, source },
    how: 'LDAP search for the groups by name with LDAP_MATCHING_RULE_IN_CHAIN over member.',
    blocks: false,
    run: () =>
      withAccount(
        forest,
        purpose === 'public-folders' ? [purpose, 'exchange'] : [purpose],
        async ({ session, user, entry }) => {
          const found = await memberships(session, entry, groups);
          if (found.length === 0) return notApplicable(`the directory has no group ${quoted}`);
          const evidence = found.map(({ group, member }) => `${user} is ${member ? '' : 'not '}in ${group}`);
          if (found.some(({ member }) => member)) return passed(...evidence);
          return failed(evidence, {
            text: `Add ${user} to "${found[0]?.group}". A new logon is needed until it counts.`,
            script: {
              shell: 'powershell',
              where: `a domain controller of forest ${forest.forest.name}, as a domain administrator`,
              code: `Add-ADGroupMember -Identity ${powershellQuoted(found[0]?.dn ?? '')} -Members ${powershellQuoted(entry.dn)}`,
            },
          });
        },
      ),
  };
}

function deletedObjectsCheck(forest: PreflightForest): Check {
  return {
    id: 'accounts.deleted-objects',
    group: 'accounts',
    title: 'The directory account sees deleted objects',
    object: forest.forest.name,
    requirement: {
      text: 'Read & List Contents rights to the "Deleted Objects" container.',
      source: REQUIREMENTS.permissions,
    },
    how: 'Search of CN=Deleted Objects with the show-deleted control (1.2.840.113556.1.4.417).',
    blocks: false,
    async run() {
      let session: DirectorySession;
      try {
        session = await forest.directory();
      } catch (error) {
        return restsOn(error, 'accounts.directory');
      }
      const login = (await forest.login('directory')) ?? (await forest.login('exchange'));
      const user = login?.user ?? '';
      const seen = await lookIntoDeletedObjects(session);
      if (seen.shown > 0) return passed(`${user} sees the objects in ${seen.dn}`);
      // Who may not look into the container is shown its name at most, without any property.
      if (seen.readable) return passed(`${user} may read ${seen.dn}, in which there is nothing yet`);
      const entry = await findAccountEntry(session, user);
      const what = seen.container ? `${user} sees ${seen.dn}, but nothing in it` : `${user} does not see ${seen.dn}`;
      return failed(what, deletedObjectsRemedy(forest, seen.dn, entry, user, session.facts.baseDn));
    },
  };
}

function deletedObjectsRemedy(
  forest: PreflightForest,
  dn: string,
  entry: AccountEntry | undefined,
  user: string,
  baseDn: string,
): Remedy {
  const domain = /^DC=([^,]+)/i.exec(baseDn)?.[1]?.toUpperCase() ?? 'DOMAIN';
  const account = `${domain}\\${entry?.sam ?? user}`;
  return {
    text: `Give ${account} Read Property and List Contents on the container. Without it, deletions are found by comparing all objects, which takes longer.`,
    script: {
      shell: 'cmd',
      where: `a domain controller of forest ${forest.forest.name}, as a domain administrator`,
      code: `dsacls "${dn}" /takeownership\r\ndsacls "${dn}" /g "${account}:LCRP"`,
    },
  };
}

function mailboxCheck(forest: PreflightForest): Check {
  return {
    id: 'accounts.mailbox',
    group: 'accounts',
    title: 'The exchange account has a mailbox and was logged on to once',
    object: forest.forest.name,
    requirement: {
      text: 'A mailbox-enabled account, logged on to first.',
      source: `${REQUIREMENTS.mailboxAccount}; ${REQUIREMENTS.publicFolders}`,
    },
    how: 'msExchMailboxGuid, homeMDB and lastLogon of the account; exchange.connect opens the mailbox itself.',
    blocks: false,
    run: () =>
      withAccount(forest, ['exchange'], async ({ user, entry }) => {
        if (!entry.hasMailbox) {
          // The document asks for it for a tool that logs on; with impersonation this program does without.
          return warning(`${user} has no mailbox`, {
            text: `Enable a mailbox for ${user} and log on to it once, for example with Outlook on the web. Exchange may refuse public folders to an account without one; mailboxes are opened by impersonation all the same.`,
            script: {
              shell: 'exchange-shell',
              where: `an Exchange server of forest ${forest.forest.name}, as recipient administrator`,
              code: `Enable-Mailbox -Identity ${powershellQuoted(entry.sam)}`,
            },
          });
        }
        if (entry.lastLogon === undefined) {
          return warning(
            `${user} has the mailbox ${entry.mail ?? ''}, but no logon is on record at this domain controller`,
            {
              text: 'Log on to the mailbox once; the first logon makes its folders.',
            },
          );
        }
        return passed(
          `${user} has the mailbox ${entry.mail ?? ''}`,
          `last logon ${new Date(entry.lastLogon).toISOString().slice(0, 10)}`,
        );
      }),
  };
}

function passwordCheck(forest: PreflightForest, purpose: AccountPurpose): Check {
  return {
    id: `accounts.password.${purpose}`,
    group: 'accounts',
    title: `The ${purpose} account stays valid during the migration`,
    object: forest.forest.name,
    requirement: {
      text: 'Account and password do not expire, and the account is not disabled or locked.',
      source: REQUIREMENTS.ours,
    },
    how: 'userAccountControl and the computed attributes msDS-User-Account-Control-Computed and msDS-UserPasswordExpiryTimeComputed.',
    blocks: false,
    run: async () => {
      // An account that serves another purpose too is told once, under that purpose.
      if (!(await forest.login(purpose))) return notApplicable(`no ${purpose} account is set`);
      return withAccount(forest, [purpose], async (subject) => judgePassword(subject, forest.forest.name, Date.now()));
    },
  };
}

function judgePassword({ user, entry }: Subject, forest: string, now: number): Finding {
  const at = `a domain controller of forest ${forest}, as an account operator`;
  const remedy = (text: string, code: string): Remedy => ({ text, script: { shell: 'powershell', where: at, code } });
  const id = powershellQuoted(entry.sam);
  if (entry.disabled)
    return failed(
      `${user} is disabled`,
      remedy('Find out who disabled the account and why, then enable it.', `Enable-ADAccount -Identity ${id}`),
    );
  if (entry.locked)
    return failed(
      `${user} is locked`,
      remedy('Unlock the account, and find what uses an old password.', `Unlock-ADAccount -Identity ${id}`),
    );
  if (entry.passwordExpired) {
    return failed(
      `the password of ${user} has expired`,
      remedy('Set a new password here and at the directory.', `Set-ADAccountPassword -Identity ${id} -Reset`),
    );
  }
  if (entry.accountExpires !== undefined && entry.accountExpires - now < SOON) {
    const text = 'Let the account live longer than the migration.';
    const found = `${user} ${entry.accountExpires < now ? 'expired' : 'expires'} on ${day(entry.accountExpires)}`;
    const mend = remedy(text, `Clear-ADAccountExpiration -Identity ${id}`);
    return entry.accountExpires < now ? failed(found, mend) : warning(found, mend);
  }
  if (entry.passwordNeverExpires) return passed(`the password of ${user} never expires`);
  if (entry.passwordExpires === undefined)
    return passed(`the directory names no day on which the password of ${user} expires`);
  const found = `the password of ${user} expires on ${day(entry.passwordExpires)}`;
  if (entry.passwordExpires - now >= SOON) return passed(found);
  return warning(
    found,
    remedy(
      'Change the password before the migration starts, here and at the directory, or take the expiry off for its time.',
      `Set-ADUser -Identity ${id} -PasswordNeverExpires $true`,
    ),
  );
}

const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
/** Fewer wrong tries than this lock an account while a worker still has the old password. */
const FEW_TRIES = 10;

function lockoutCheck(forest: PreflightForest): Check {
  return {
    id: 'accounts.lockout',
    group: 'accounts',
    title: 'Wrong passwords do not lock the accounts quickly',
    object: forest.forest.name,
    requirement: {
      text: 'The lock-out policy that applies to the service account is known.',
      source: REQUIREMENTS.ours,
    },
    how: 'lockoutThreshold of the domain, or of the password settings object that applies (msDS-ResultantPSO).',
    blocks: false,
    run: () =>
      withAccount(forest, ['directory', 'exchange'], async ({ session, user, entry }) => {
        const policy = await lockoutPolicy(session, entry);
        if (!policy) return notApplicable('the directory keeps no lock-out policy');
        if (policy.threshold === 0) return passed('accounts are never locked for wrong passwords');
        const span =
          policy.durationMs === 0 ? 'until an administrator unlocks it' : `for ${formatDuration(policy.durationMs)}`;
        const found = `${policy.threshold} wrong passwords lock ${user} ${span}`;
        if (policy.threshold >= FEW_TRIES) return passed(found);
        return warning(found, {
          text: 'When the password is changed, pause the batches, set it here first (transplant account set), then go on: workers never try a refused password again by themselves.',
        });
      }),
  };
}

function leastPrivilegeCheck(forest: PreflightForest): Check {
  return {
    id: 'accounts.least-privilege',
    group: 'accounts',
    title: 'The accounts hold no more rights than they need',
    object: forest.forest.name,
    requirement: {
      text: 'No membership that lets an account change what the migration does not.',
      source: REQUIREMENTS.ours,
    },
    how: 'tokenGroups of each account against the well-known administrative groups.',
    blocks: false,
    async run() {
      const found: { user: string; dn: string; groups: { name: string; sid: string }[] }[] = [];
      let told = 0;
      for (const purpose of ['directory', 'exchange', 'public-folders', 'smtp'] as const) {
        const login = await forest.login(purpose);
        if (!login || found.some(({ user }) => user === login.user)) continue;
        const looked = await withAccount(forest, [purpose], async ({ user, entry }) => {
          const { groupSids, sid, dn } = entry;
          if (!groupSids || sid === undefined) return notTried(`the directory does not compute the groups of ${user}`);
          told++;
          const groups = POWERFUL_GROUPS.map(({ name, sid: of }) => ({ name, sid: of(domainSid(sid)) })).filter(
            (group) => groupSids.has(group.sid),
          );
          if (groups.length > 0) found.push({ user, dn, groups });
          return passed();
        });
        if (looked.outcome === 'notTried') return looked;
      }
      if (told === 0) return notApplicable('no account is set');
      if (found.length === 0) return passed('no account is in an administrative group');
      return warning(
        found.map(
          ({ user, groups }) =>
            `${user} is in ${groups.map(({ name }) => name).join(', ')}, which the migration does not need`,
        ),
        {
          text: 'Take the accounts out of these groups; give them the rights that the other checks name instead.',
          script: {
            shell: 'powershell',
            where: `a domain controller of forest ${forest.forest.name}, as a domain administrator`,
            code: found
              .flatMap(({ dn, groups }) =>
                groups.map(({ sid }) => `Remove-ADGroupMember -Identity '${sid}' -Members ${powershellQuoted(dn)}`),
              )
              .join('\n'),
          },
        },
      );
    },
  };
}

function directoryWriteCheck(forest: PreflightForest): Check {
  return {
    id: 'accounts.directory-write',
    group: 'accounts',
    title: 'The directory account may create and change objects in the target',
    object: forest.forest.name,
    requirement: {
      text: 'Create users and write their mail attributes where the target objects are prepared.',
      source: REQUIREMENTS.permissions,
    },
    how: 'allowedChildClassesEffective and allowedAttributesEffective ([MS-ADTS] 3.1.1.4.5): the directory says what this account may do, and nothing is written.',
    blocks: false,
    run: () =>
      withAccount(forest, ['directory', 'exchange'], async ({ session, user, entry }) => {
        const { connection, facts } = session;
        const places = [facts.baseDn, `CN=Users,${facts.baseDn}`];
        const [children, own] = await Promise.all([
          Promise.all(
            places.map((dn) => connection.read(dn, { attributes: ['allowedChildClassesEffective', 'objectClass'] })),
          ),
          connection.read(entry.dn, { attributes: ['allowedAttributesEffective'] }),
        ]);
        // Every account may change something of its own, so an empty answer means that this directory does not compute it.
        if (list(own?.allowedAttributesEffective).length === 0) {
          return notApplicable('this directory does not tell what an account may do');
        }
        const may = places.filter((_, i) => list(children[i]?.allowedChildClassesEffective).includes('user'));
        if (may.length > 0) return passed(`${user} may create users in ${may.join(' and ')}`);
        return warning(`${user} may create users neither in ${places.join(' nor in ')}`, {
          text: `Delegate the organizational unit in which the target objects are prepared to ${user}: create and delete users, write all properties. If that was done for another unit, take this on yourself with an override.`,
          script: {
            shell: 'cmd',
            where: `a domain controller of forest ${forest.forest.name}, as a domain administrator`,
            code: `dsacls "OU=Migrated,${facts.baseDn}" /I:T /g "${entry.sam}:CCDC;user"\r\ndsacls "OU=Migrated,${facts.baseDn}" /I:S /g "${entry.sam}:RPWP;;user"`,
          },
        });
      }),
  };
}

const list = (value: unknown): string[] =>
  (Array.isArray(value) ? value : value === undefined ? [] : [value]).map(String);
