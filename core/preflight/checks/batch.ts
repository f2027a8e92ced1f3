import { AndFilter, EqualityFilter, ExtensibleFilter, OrFilter, PresenceFilter } from 'ldapts';
import type { Finding } from '../../domain/checks.ts';
import { formatBytes, formatCount } from '../../domain/format.ts';
import { type Batch, batchByName, listBatches } from '../../store/batches.ts';
import { addressClashes, type BatchMembers, delegatesOutside, type Member, readMembers } from '../batch/members.ts';
import { type Check, failed, notApplicable, notTried, passed, REQUIREMENTS, shared, warning } from '../check.ts';
import type { PreflightEnvironment, PreflightForest } from '../environment.ts';
import { askFolder, samplePublicFolders } from '../exchange/calls.ts';
import { uploadLimit } from '../exchange/limits.ts';
import { measureMailbox } from '../exchange/sizes.ts';
import { restsOn } from '../explain.ts';
import { powershellQuoted } from '../quote.ts';
import { judgedByGraph } from './online.ts';

/** So many names stand in evidence; the count tells of the rest. */
const NAMED = 20;
/** So many mailboxes of a batch are measured, and so many at once. */
const MEASURED = 100;
const AT_ONCE = 4;

/** Whether a batch can start: the one that was named, or all that are not done. */
export async function batchChecks(environment: PreflightEnvironment, name?: string): Promise<Check[]> {
  const { store } = environment;
  const batches =
    name === undefined
      ? (await listBatches(store)).filter(({ state }) => state !== 'done')
      : [await batchByName(store, name)];
  return batches.flatMap((batch) => checksOf(batch, environment));
}

function checksOf(batch: Batch, environment: PreflightEnvironment): Check[] {
  const members = shared(() => readMembers(environment.store, batch));
  const source = environment.forests.find(({ forest }) => forest.role === 'source');
  const target = environment.forests.find(({ forest }) => forest.role === 'target');
  const make = (
    id: string,
    title: string,
    requirement: string,
    how: string,
    blocks: boolean,
    judge: (all: BatchMembers, signal: AbortSignal) => Finding | Promise<Finding>,
  ): Check => ({
    id: `batch.${id}`,
    group: 'batch',
    title,
    object: `batch ${batch.name}`,
    requirement: { text: requirement, source: REQUIREMENTS.ours },
    how,
    blocks,
    limitMs: environment.limitMs * 8,
    run: async (signal) => judge(await members(), signal),
  });
  return [
    make(
      'matched',
      'Every member is matched',
      'Each source mailbox has one target object.',
      'The matches in the database.',
      true,
      judgeMatched,
    ),
    make(
      'conflicts',
      'No address of a member belongs to somebody else',
      'No third object of the target holds an SMTP or X500 address of a member.',
      'The addresses of both forests as discovered.',
      true,
      async ({ mailboxes }) => judgeClashes(await addressClashes(environment.store, mailboxes)),
    ),
    make(
      'x500',
      'Replies to old mail will be delivered',
      'The target object has the source’s legacyExchangeDN as an X500 address.',
      'proxyAddresses of the targets as discovered.',
      false,
      judgeX500,
    ),
    make(
      'prepared',
      'The target objects can hold a mailbox',
      'Each target object is a mailbox or a mail user.',
      'The kind of the target objects as discovered.',
      true,
      judgePrepared,
    ),
    make(
      'licences',
      'The licences are there',
      'A licence for each mailbox, where the target is Exchange Online.',
      'Microsoft Graph: subscribedSkus of the target, against the mailboxes of the batch that have not moved.',
      false,
      ({ mailboxes }, signal) => licences(target, mailboxes, signal),
    ),
    make(
      'delegates',
      'Delegates move together',
      'Delegates and users of shared mailboxes are in the same batch or moved before.',
      'publicDelegates and msExchDelegateListLink of the members.',
      false,
      async ({ mailboxes }) => judgeDelegates(await delegatesOutside(environment.store, mailboxes)),
    ),
    make(
      'holds',
      'Mailboxes on hold are known',
      'What is on litigation hold keeps its recoverable items.',
      'msExchLitigationHoldDate and msExchELCMailboxFlags in the source directory.',
      false,
      ({ batch: { options }, mailboxes }) => judgeHolds(source, mailboxes, options.recoverableItems),
    ),
    make(
      'sizes',
      'Sizes and the largest items fit',
      'No item is larger than the target takes.',
      `Folder sizes and the largest item of each folder, of at most ${MEASURED} mailboxes.`,
      false,
      ({ mailboxes }, signal) => judgeSizes(source, target, mailboxes, signal, environment),
    ),
    make(
      'folder-rights',
      'The account may read the public folders',
      'No folder of the tree is closed to the account.',
      'EffectiveRights of the folders below the root.',
      false,
      ({ folders }, signal) => judgeFolders(source, folders.length, signal),
    ),
  ];
}

/** Some names, and how many more. */
function some(names: readonly string[]): string[] {
  const shown = names.slice(0, NAMED);
  return names.length > NAMED ? [...shown, `and ${formatCount(names.length - NAMED)} more`] : shown;
}
const nameOf = ({ workload }: Member): string => `${workload.displayName} (${workload.sourceAddress})`;

function judgeMatched({ mailboxes }: BatchMembers): Finding {
  const bad = mailboxes.filter(
    ({ match, source, target }) => match !== 'matched' || !source || source.deleted || !target || target.deleted,
  );
  if (bad.length === 0) return passed(`${formatCount(mailboxes.length)} mailboxes, all matched`);
  const why = (member: Member): string => {
    if (!member.source || member.source.deleted) return 'gone from the source';
    if (member.target?.deleted) return 'its target object is gone';
    return member.match ?? 'without a match';
  };
  return failed(some(bad.map((member) => `${nameOf(member)}: ${why(member)}`)), {
    text: 'Decide the matches, or take these members out of the batch.',
    script: {
      shell: 'transplant',
      where: 'this machine',
      code: 'transplant match list --state conflict\ntransplant match set SOURCE TARGET',
    },
  });
}

function judgeClashes(clashes: Awaited<ReturnType<typeof addressClashes>>): Finding {
  if (clashes.length === 0) return passed('no address of a member is held by another object of the target');
  return failed(
    some(clashes.map(({ member, address, holder }) => `${nameOf(member)}: ${address} belongs to ${holder}`)),
    {
      text: 'Take the address off the other object, or decide that it is the right match.',
    },
  );
}

function judgeX500({ mailboxes }: BatchMembers): Finding {
  const missing = mailboxes.filter(({ source, target }) => {
    const legacy = source?.legacyDn?.toLowerCase();
    if (!legacy || !target) return false;
    return !target.addresses.some(({ kind, address }) => kind === 'x500' && address.toLowerCase() === legacy);
  });
  if (missing.length === 0) return passed(`${formatCount(mailboxes.length)} target objects have it`);
  return warning(some(missing.map(nameOf)), {
    text: `Prepare the target objects: ${formatCount(missing.length)} lack the X500 address, so replies to old mail would bounce.`,
    script: { shell: 'transplant', where: 'this machine', code: 'transplant prepare plan && transplant prepare apply' },
  });
}

const READY = new Set(['mailbox', 'sharedMailbox', 'roomMailbox', 'equipmentMailbox', 'linkedMailbox', 'mailUser']);

function judgePrepared({ mailboxes }: BatchMembers): Finding {
  const bad = mailboxes.filter(({ target }) => target && !READY.has(target.kind));
  if (bad.length === 0) return judgeMailboxes(mailboxes);
  return failed(
    some(bad.map((member) => `${nameOf(member)}: the target is a ${member.target?.kind ?? 'missing object'}`)),
    {
      text: 'Prepare the target objects: contacts and plain users become mail users.',
      script: {
        shell: 'transplant',
        where: 'this machine',
        code: 'transplant prepare plan && transplant prepare apply',
      },
    },
  );
}

/** LDAP makes mail users; content is written into mailboxes, which Exchange itself makes of them. */
function judgeMailboxes(mailboxes: readonly Member[]): Finding {
  const without = mailboxes.filter(({ target }) => target?.kind === 'mailUser');
  if (without.length === 0) return passed('all target objects are mailboxes');
  const code = without.map((member) => `Enable-Mailbox -Identity ${powershellQuoted(member.workload.targetAddress)}`);
  return warning(some(without.map((member) => `${nameOf(member)}: the target is a mail user without a mailbox`)), {
    text: 'Give them mailboxes before the batch starts, then discover the target again: content is written into mailboxes.',
    script: { shell: 'exchange-shell', where: 'the target organisation', code: code.join('\n') },
  });
}

async function licences(
  target: PreflightForest | undefined,
  mailboxes: Member[],
  signal: AbortSignal,
): Promise<Finding> {
  if (!target) return notTried('no target forest was chosen');
  const wanted = mailboxes.filter(({ workload: { kind, state } }) => kind === 'mailbox' && state !== 'done').length;
  return await judgedByGraph(target, signal, wanted);
}

function judgeDelegates(outside: Awaited<ReturnType<typeof delegatesOutside>>): Finding {
  if (outside.length === 0) return passed('nobody’s delegate stays behind');
  return warning(some(outside.map(({ member, delegate }) => `${nameOf(member)}: ${delegate}`)), {
    text: 'Put them into the same batch; across the forests a delegate loses access until both have moved.',
    script: { shell: 'transplant', where: 'this machine', code: 'transplant plan waves' },
  });
}

/** Bit 8 of msExchELCMailboxFlags is litigation hold. */
const LITIGATION_HOLD = '8';

async function judgeHolds(
  source: PreflightForest | undefined,
  members: readonly Member[],
  recoverableItems: boolean,
): Promise<Finding> {
  if (!source?.forest.config.ldapUrl) return notApplicable('the source has no directory server to ask');
  const held = new Set<string>();
  try {
    const { connection, facts } = await source.directory();
    const filter = new AndFilter({
      filters: [
        new EqualityFilter({ attribute: 'objectClass', value: 'user' }),
        new OrFilter({
          filters: [
            new PresenceFilter({ attribute: 'msExchLitigationHoldDate' }),
            new ExtensibleFilter({
              matchType: 'msExchELCMailboxFlags',
              rule: '1.2.840.113556.1.4.803',
              value: LITIGATION_HOLD,
            }),
          ],
        }),
      ],
    });
    let cookie: Buffer | undefined;
    do {
      const page = await connection.page(
        facts.baseDn,
        { scope: 'sub', filter, attributes: ['1.1'] },
        { size: 1000, cookie },
      );
      for (const { dn } of page.entries) held.add(dn.toLowerCase());
      cookie = page.cookie;
    } while (cookie);
  } catch (error) {
    return restsOn(error, 'accounts.directory');
  }
  const found = members.filter(({ source: object }) => object && held.has(object.dn.toLowerCase()));
  if (found.length === 0) return passed('no member is on litigation hold');
  if (recoverableItems) return passed(`${formatCount(found.length)} on hold; the batch copies recoverable items`);
  return warning(some(found.map(nameOf)), {
    text: 'These are on hold, and the batch leaves recoverable items behind: turn recoverable items on for it, and set the hold in the target before cutover.',
  });
}

async function judgeSizes(
  source: PreflightForest | undefined,
  target: PreflightForest | undefined,
  members: readonly Member[],
  signal: AbortSignal,
  environment: PreflightEnvironment,
): Promise<Finding> {
  if (!source?.forest.config.ewsUrl) return notApplicable('the source has no EWS address to ask');
  if (members.length === 0) return notApplicable('the batch has no mailboxes');
  const chosen = members.slice(0, MEASURED);
  const lines: string[] = [];
  const over: string[] = [];
  let bytes = 0;
  try {
    const version = await targetVersion(target, environment);
    const limit = uploadLimit(version);
    const client = await source.exchange();
    const queue = [...chosen];
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (let member = queue.shift(); member; member = queue.shift()) {
          const size = await measureMailbox(client, member.workload.sourceAddress, signal);
          bytes += size.bytes;
          const { largest } = size;
          if (largest && largest.bytes > limit.bytes) {
            over.push(`${nameOf(member)}: ${formatBytes(largest.bytes)} (${largest.itemClass} in ${largest.folder})`);
          }
        }
      }),
    );
    lines.push(
      `${formatCount(chosen.length)} of ${formatCount(members.length)} mailboxes measured, ${formatBytes(bytes)}`,
      `${limit.why}: items up to ${formatBytes(limit.bytes)}`,
    );
  } catch (error) {
    return restsOn(error, 'exchange.connect');
  }
  if (over.length === 0) return passed(...lines);
  return warning([...lines, ...some(over)], {
    text: 'These items would be recorded as bad items: let their owners save them elsewhere, or raise the target’s request limit.',
  });
}

async function targetVersion(
  target: PreflightForest | undefined,
  environment: PreflightEnvironment,
): Promise<string | undefined> {
  if (!target?.forest.config.ewsUrl) return undefined;
  try {
    const client = await target.exchange();
    return (await askFolder(client, 'msgfolderroot', AbortSignal.timeout(environment.limitMs))).version;
  } catch {
    return undefined;
  }
}

async function judgeFolders(
  source: PreflightForest | undefined,
  workloads: number,
  signal: AbortSignal,
): Promise<Finding> {
  if (workloads === 0) return notApplicable('the batch has no public folders');
  if (!source?.forest.config.ewsUrl) return notApplicable('the source has no EWS address to ask');
  try {
    const client = await source.publicFolders();
    const folders = await samplePublicFolders(client, signal);
    const closed = folders.filter(({ rights }) => rights.Read === 'false');
    const evidence = `${formatCount(folders.length)} folders of all levels looked at`;
    if (closed.length === 0) return passed(evidence);
    return warning([evidence, ...some(closed.map(({ name }) => `${name}: not readable`))], {
      text: 'Give the account read rights there, or make it a member of "Public Folder Management".',
    });
  } catch (error) {
    return restsOn(error, 'exchange.connect');
  }
}
