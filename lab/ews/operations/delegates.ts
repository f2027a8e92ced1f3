import type { DelegateRecord, FolderPermission, MailboxRecord } from '../../model.ts';
import { levelRights } from '../../permission-levels.ts';
import { mailboxByAddress } from '../access.ts';
import type { Call, Chunk } from '../context.ts';
import { EwsError, type ResponseCode, SoapFault } from '../errors.ts';
import { levelOf, readUserId } from '../folders/permissions.ts';
import { errorContent, type Operation } from '../respond.ts';
import { child, childrenOf, path, textOf, toBoolean, type XmlNode } from '../xml/node.ts';
import { el, tx } from '../xml/write.ts';

/** Delegates of a mailbox ([MS-OXWSDLGM]). */

const FOLDERS = {
  Calendar: 'calendar',
  Tasks: 'tasks',
  Inbox: 'inbox',
  Contacts: 'contacts',
  Notes: 'notes',
  Journal: 'journal',
} as const;
const SUCCESS = '<m:ResponseCode>NoError</m:ResponseCode>';
const DELIVERIES = new Set(['DelegatesOnly', 'DelegatesAndMe', 'DelegatesAndSendInformationToMe', 'NoForward']);
const DELIVERY = 'mailbox/DeliverMeetingRequests';

function mailboxOf(call: Call, request: XmlNode): MailboxRecord {
  const mailbox = mailboxByAddress(call, textOf(child(request, 'Mailbox'), 'EmailAddress') ?? '');
  if (mailbox.id !== call.user.mailbox?.id)
    throw new EwsError('ErrorAccessDenied', 'Access is denied. Check credentials and try again.');
  return mailbox;
}

/** One message a delegate: its element, or what went wrong with it. */
type Outcome = string | EwsError;

function* answer(name: string, work: () => { outcomes: Outcome[]; after?: string }): Generator<Chunk> {
  let result: { outcomes: Outcome[]; after?: string };
  try {
    result = work();
  } catch (error) {
    if (!(error instanceof EwsError)) throw error;
    yield el(`m:${name}Response`, errorContent(error), { ResponseClass: 'Error' });
    return;
  }
  const messages = result.outcomes.map((outcome) =>
    typeof outcome === 'string'
      ? el('m:DelegateUserResponseMessageType', SUCCESS + outcome, { ResponseClass: 'Success' })
      : el('m:DelegateUserResponseMessageType', errorContent(outcome), { ResponseClass: 'Error' }),
  );
  const list = messages.length === 0 ? '' : el('m:ResponseMessages', messages.join(''));
  yield el(`m:${name}Response`, SUCCESS + list + (result.after ?? ''), { ResponseClass: 'Success' });
}

function delegateXml(call: Call, mailbox: MailboxRecord, d: DelegateRecord, permissions: boolean): string {
  const sid = call.directory.account(d.address)?.sid;
  const user = el(
    't:UserId',
    tx('t:SID', sid) + tx('t:PrimarySmtpAddress', d.address) + tx('t:DisplayName', d.displayName),
  );
  const levels = Object.entries(FOLDERS).map(([name, key]) =>
    tx(`t:${name}FolderPermissionLevel`, levelOn(call, mailbox, key, d.address)),
  );
  return el(
    'm:DelegateUser',
    user +
      (permissions ? el('t:DelegatePermissions', levels.join('')) : '') +
      tx('t:ReceiveCopiesOfMeetingMessages', d.receiveCopies) +
      tx('t:ViewPrivateItems', d.viewPrivate),
  );
}

/** A delegate's level is what the folder's own list says, whoever wrote it. */
function levelOn(call: Call, mailbox: MailboxRecord, folder: keyof DelegateRecord['levels'], address: string): string {
  const permissions = call.store.distinguished(mailbox.id, folder)?.permissions ?? [];
  const own = permissions.find((p) => p.user.toLowerCase() === address.toLowerCase());
  const level = own ? levelOf(own.rights, folder === 'calendar') : 'None';
  return ['None', 'Editor', 'Reviewer', 'Author'].includes(level) ? level : 'Custom';
}

/** Runs work for each node; errors of one stay with that one. */
function each<T>(nodes: readonly XmlNode[], work: (node: XmlNode) => T): (T | EwsError)[] {
  return nodes.map((node) => {
    try {
      return work(node);
    } catch (error) {
      if (error instanceof EwsError) return error;
      throw error;
    }
  });
}

/** The user a UserId names; throws the given code where nobody is found. */
function userOf(call: Call, node: XmlNode | undefined, code: ResponseCode): { address: string; displayName: string } {
  try {
    const { user, displayName } = readUserId(call, node);
    return { address: user, displayName };
  } catch (error) {
    if (error instanceof EwsError)
      throw new EwsError(code, 'The delegate does not map to a user in the Active Directory.');
    throw error;
  }
}

export const getDelegate: Operation = (request, call) =>
  answer('GetDelegate', () => {
    const mailbox = mailboxOf(call, request);
    const permissions = toBoolean(request.attributes.IncludePermissions) ?? false;
    const asked = childrenOf(child(request, 'UserIds'), 'UserId');
    const outcomes =
      asked.length === 0
        ? mailbox.delegates.map((d) => delegateXml(call, mailbox, d, permissions))
        : each(asked, (node) =>
            delegateXml(call, mailbox, find(mailbox, userOf(call, node, 'ErrorDelegateNoUser').address), permissions),
          );
    const delivery = mailbox.userConfiguration[DELIVERY]?.xml ?? 'DelegatesAndMe';
    return { outcomes, after: tx('m:DeliverMeetingRequests', delivery) };
  });

function find(mailbox: MailboxRecord, address: string): DelegateRecord {
  const found = mailbox.delegates.find((d) => d.address === address);
  if (!found) throw new EwsError('ErrorNotDelegate', 'The user is not a delegate of this mailbox.');
  return found;
}

export const addDelegate: Operation = (request, call) =>
  put('AddDelegate', request, call, (node, mailbox, list) => {
    const who = userOf(call, child(node, 'UserId'), 'ErrorDelegateNoUser');
    if (who.address === mailbox.address)
      throw new EwsError('ErrorDelegateCannotAddOwner', 'The owner cannot be a delegate.');
    if (list.some((d) => d.address === who.address))
      throw new EwsError('ErrorDelegateAlreadyExists', 'The user is already a delegate.');
    return { ...who, levels: NO_LEVELS, receiveCopies: false, viewPrivate: false };
  });

export const updateDelegate: Operation = (request, call) =>
  put('UpdateDelegate', request, call, (node, mailbox) =>
    find(mailbox, userOf(call, child(node, 'UserId'), 'ErrorDelegateNoUser').address),
  );

/** Delegates that are added or changed; a level that is not named leaves the folder's list as it is. */
function put(
  operation: string,
  request: XmlNode,
  call: Call,
  before: (node: XmlNode, mailbox: MailboxRecord, list: readonly DelegateRecord[]) => DelegateRecord,
): Iterable<Chunk> {
  return answer(operation, () => {
    const mailbox = mailboxOf(call, request);
    const list = [...mailbox.delegates];
    const given: Given[] = [];
    const done = each(childrenOf(child(request, 'DelegateUsers'), 'DelegateUser'), (node) => {
      const start = before(node, mailbox, list);
      const levels = givenLevels(node);
      const one: DelegateRecord = {
        ...start,
        levels: { ...start.levels, ...levels },
        receiveCopies: toBoolean(textOf(node, 'ReceiveCopiesOfMeetingMessages')) ?? start.receiveCopies,
        viewPrivate: toBoolean(textOf(node, 'ViewPrivateItems')) ?? start.viewPrivate,
      };
      const at = list.findIndex((d) => d.address === one.address);
      if (at < 0) list.push(one);
      else list[at] = one;
      given.push({ address: one.address, levels });
      return one;
    });
    save(call, mailbox, list, given, request);
    return { outcomes: done.map((d) => (d instanceof EwsError ? d : delegateXml(call, mailbox, d, true))) };
  });
}

interface Given {
  address: string;
  levels: Partial<DelegateRecord['levels']>;
}

export const removeDelegate: Operation = (request, call) =>
  answer('RemoveDelegate', () => {
    const mailbox = mailboxOf(call, request);
    const gone = new Set<string>();
    const outcomes = each(childrenOf(child(request, 'UserIds'), 'UserId'), (node) => {
      gone.add(find(mailbox, userOf(call, node, 'ErrorDelegateNoUser').address).address);
      return '';
    });
    const list = mailbox.delegates.filter((d) => !gone.has(d.address));
    call.store.updateMailbox(mailbox.id, { delegates: list });
    for (const folder of Object.values(FOLDERS))
      setPermission(
        call,
        mailbox,
        folder,
        [...gone].map((address) => ({ address, level: undefined })),
      );
    return { outcomes };
  });

const NO_LEVELS: DelegateRecord['levels'] = {
  calendar: 'None',
  tasks: 'None',
  inbox: 'None',
  contacts: 'None',
  notes: 'None',
  journal: 'None',
};

function givenLevels(node: XmlNode): Given['levels'] {
  const levels: Given['levels'] = {};
  for (const [name, key] of Object.entries(FOLDERS)) {
    const level = path(node, 'DelegatePermissions', `${name}FolderPermissionLevel`)?.text;
    if (level === undefined) continue;
    if (!['None', 'Editor', 'Reviewer', 'Author'].includes(level)) {
      throw new EwsError('ErrorInvalidDelegatePermission', 'The delegate permission is not valid.');
    }
    levels[key] = level;
  }
  return levels;
}

/** Keeps the delegates, how meeting requests go, and the rights on folders that come with being a delegate. */
function save(
  call: Call,
  mailbox: MailboxRecord,
  delegates: DelegateRecord[],
  given: readonly Given[],
  request: XmlNode,
): void {
  const delivery = textOf(request, 'DeliverMeetingRequests');
  if (delivery !== undefined && !DELIVERIES.has(delivery)) {
    throw new SoapFault(
      'ErrorSchemaValidation',
      'The request failed schema validation: DeliverMeetingRequests is not known.',
    );
  }
  call.store.transaction(() => {
    call.store.updateMailbox(mailbox.id, {
      delegates,
      ...(delivery !== undefined && {
        userConfiguration: { ...mailbox.userConfiguration, [DELIVERY]: { xml: delivery } },
      }),
    });
    for (const folder of Object.values(FOLDERS)) {
      const named = given.flatMap(({ address, levels }) =>
        levels[folder] === undefined ? [] : [{ address, level: levels[folder] }],
      );
      if (named.length > 0) setPermission(call, mailbox, folder, named);
    }
  });
}

function setPermission(
  call: Call,
  mailbox: MailboxRecord,
  name: string,
  wanted: readonly { address: string; level: string | undefined }[],
): void {
  const folder = call.store.distinguished(mailbox.id, name);
  if (!folder) return;
  const kept = folder.permissions.filter((p) => !wanted.some((w) => w.address === p.user.toLowerCase()));
  const added = wanted.flatMap((w): FolderPermission[] => {
    const rights = levelRights(w.level ?? 'None') ?? 0;
    const displayName = call.directory.entry(w.address)?.displayName ?? w.address;
    return rights === 0 ? [] : [{ user: w.address, displayName, level: w.level ?? 'None', rights }];
  });
  call.store.updateFolder(folder.id, { permissions: [...kept, ...added] });
}
