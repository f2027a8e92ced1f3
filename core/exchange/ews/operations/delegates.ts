import type { CallOptions } from '../../mail-store.ts';
import { DELEGATE_FOLDERS, type Delegate, type DelegateFolder, type Delegates } from '../../settings.ts';
import { messageError } from '../client.ts';
import { EwsError } from '../codes.ts';
import { type Session, single } from '../run.ts';
import { booleanOf, child, children, escapeXml, textOf, type XmlNode } from '../xml.ts';

/** Delegates of a mailbox ([MS-OXWSDLGM]). */

const mailbox = (address: string): string =>
  `<m:Mailbox><t:EmailAddress>${escapeXml(address)}</t:EmailAddress></m:Mailbox>`;
const userId = (address: string): string =>
  `<t:UserId><t:PrimarySmtpAddress>${escapeXml(address)}</t:PrimarySmtpAddress></t:UserId>`;

/** A delegate that the server cannot name any more answers for itself alone. */
const NOBODY = new Set(['ErrorDelegateNoUser', 'ErrorInvalidDelegateUserId']);

export async function getDelegates(session: Session, address: string, options: CallOptions = {}): Promise<Delegates> {
  const body = `<m:GetDelegate IncludePermissions="true">${mailbox(address)}</m:GetDelegate>`;
  let answer: XmlNode;
  try {
    answer = await single(
      session,
      { operation: 'GetDelegate', body, repeatable: true, ...options },
      'GetDelegateResponse',
    );
  } catch (error) {
    // A mailbox that never had delegates lacks the object they are kept in.
    if (error instanceof EwsError && error.code === 'ErrorDelegateMissingConfiguration')
      return { list: [], delivery: null, unknown: [] };
    throw error;
  }
  const found: Delegates = {
    list: [],
    delivery: textOf(answer, 'DeliverMeetingRequests')?.trim() || null,
    unknown: [],
  };
  for (const message of children(child(answer, 'ResponseMessages'), 'DelegateUserResponseMessageType')) {
    const error = messageError(message);
    const node = child(message, 'DelegateUser');
    if (error && !NOBODY.has(error.code)) throw error;
    const who = node ? nameOf(node) : '';
    if (error || !node || who === '') found.unknown.push(textOf(node, 'UserId', 'DisplayName') ?? 'unknown');
    else found.list.push(readDelegate(node, who));
  }
  return found;
}

function nameOf(node: XmlNode): string {
  return textOf(node, 'UserId', 'PrimarySmtpAddress') ?? textOf(node, 'UserId', 'ExternalUserIdentity') ?? '';
}

function readDelegate(node: XmlNode, address: string): Delegate {
  const permissions = child(node, 'DelegatePermissions');
  const levels = DELEGATE_FOLDERS.flatMap((folder): [DelegateFolder, string][] => {
    const level = textOf(permissions, `${folder}FolderPermissionLevel`);
    return level === undefined ? [] : [[folder, level]];
  });
  return {
    address,
    displayName: textOf(node, 'UserId', 'DisplayName') ?? '',
    levels: Object.fromEntries(levels),
    receiveCopies: booleanOf(node, 'ReceiveCopiesOfMeetingMessages') ?? false,
    viewPrivate: booleanOf(node, 'ViewPrivateItems') ?? false,
  };
}

/** AddDelegate or UpdateDelegate. Levels that are Custom are left as the folder's own list has them. */
export async function putDelegate(
  session: Session,
  address: string,
  delegate: Delegate,
  exists: boolean,
  options: CallOptions = {},
): Promise<void> {
  const levels = DELEGATE_FOLDERS.flatMap((folder) => {
    const level = delegate.levels[folder];
    return level === undefined || level === 'Custom'
      ? []
      : [`<t:${folder}FolderPermissionLevel>${escapeXml(level)}</t:${folder}FolderPermissionLevel>`];
  });
  const permissions = levels.length === 0 ? '' : `<t:DelegatePermissions>${levels.join('')}</t:DelegatePermissions>`;
  const user =
    `<t:DelegateUser>${userId(delegate.address)}${permissions}` +
    `<t:ReceiveCopiesOfMeetingMessages>${delegate.receiveCopies}</t:ReceiveCopiesOfMeetingMessages>` +
    `<t:ViewPrivateItems>${delegate.viewPrivate}</t:ViewPrivateItems></t:DelegateUser>`;
  const operation = exists ? 'UpdateDelegate' : 'AddDelegate';
  await change(session, operation, `${mailbox(address)}<m:DelegateUsers>${user}</m:DelegateUsers>`, options);
}

export async function removeDelegate(
  session: Session,
  address: string,
  who: string,
  options: CallOptions = {},
): Promise<void> {
  await change(session, 'RemoveDelegate', `${mailbox(address)}<m:UserIds>${userId(who)}</m:UserIds>`, options);
}

/** Where meeting requests go; changes nothing about any delegate. */
export async function setDelivery(
  session: Session,
  address: string,
  delivery: string,
  options: CallOptions = {},
): Promise<void> {
  const body = `${mailbox(address)}<m:DeliverMeetingRequests>${escapeXml(delivery)}</m:DeliverMeetingRequests>`;
  await change(session, 'UpdateDelegate', body, options);
}

async function change(session: Session, operation: string, inner: string, options: CallOptions): Promise<void> {
  const answer = await single(
    session,
    { operation, body: `<m:${operation}>${inner}</m:${operation}>`, repeatable: false, ...options },
    `${operation}Response`,
  );
  for (const message of children(child(answer, 'ResponseMessages'), 'DelegateUserResponseMessageType')) {
    const error = messageError(message);
    if (error) throw error;
  }
}
