import type { FolderPermission, FolderRecord } from '../../model.ts';
import { LEVEL_RIGHTS, levelRights } from '../../permission-levels.ts';
import { Right } from '../access.ts';
import type { Call } from '../context.ts';
import { EwsError } from '../errors.ts';
import { child, textOf, toBoolean, type XmlNode } from '../xml/node.ts';
import { el, tx } from '../xml/write.ts';

const CALENDAR_LEVELS: Record<string, number> = {
  FreeBusyTimeOnly: Right.freeBusySimple,
  FreeBusyTimeAndSubjectAndLocation: Right.freeBusySimple | Right.freeBusyDetailed,
};
const FREE_BUSY = Right.freeBusySimple | Right.freeBusyDetailed;

export function isCalendar(folder: Pick<FolderRecord, 'folderClass'>): boolean {
  return /^ipf\.appointment(\.|$)/i.test(folder.folderClass);
}

/** The level whose rights these are; `Custom` when none has them. */
export function levelOf(rights: number, calendar: boolean): string {
  const plain = rights & ~FREE_BUSY & ~Right.contact;
  if (calendar && plain === 0 && (rights & FREE_BUSY) !== 0) {
    return (rights & Right.freeBusyDetailed) !== 0 ? 'FreeBusyTimeAndSubjectAndLocation' : 'FreeBusyTimeOnly';
  }
  for (const [level, bits] of Object.entries(LEVEL_RIGHTS)) if ((bits & ~Right.contact) === plain) return level;
  return 'Custom';
}

/** The PermissionSet element of a folder; users that no longer resolve stand under UnknownEntries. */
export function permissionSetXml(call: Call, folder: FolderRecord): string {
  const calendar = isCalendar(folder);
  const known: string[] = [];
  const unknown: string[] = [];
  for (const permission of folder.permissions) {
    const user = userIdXml(call, permission);
    if (user === undefined) unknown.push(tx('t:UnknownEntry', permission.displayName || permission.user));
    else known.push(permissionXml(permission, user, calendar));
  }
  const list = calendar ? 't:CalendarPermissions' : 't:Permissions';
  return el(
    't:PermissionSet',
    el(list, known.join('')) + (unknown.length > 0 ? el('t:UnknownEntries', unknown.join('')) : ''),
  );
}

function userIdXml(call: Call, permission: FolderPermission): string | undefined {
  if (permission.user === 'Default' || permission.user === 'Anonymous') {
    return el('t:UserId', tx('t:DistinguishedUser', permission.user));
  }
  const entry = call.directory.entry(permission.user);
  if (!entry) return undefined;
  const sid = call.directory.account(entry.address)?.sid;
  return el(
    't:UserId',
    tx('t:SID', sid) + tx('t:PrimarySmtpAddress', entry.address) + tx('t:DisplayName', entry.displayName),
  );
}

function permissionXml(permission: FolderPermission, user: string, calendar: boolean): string {
  const { rights } = permission;
  const has = (bits: number) => (rights & bits) !== 0;
  const action = (all: number, owned: number) => (has(all) ? 'All' : has(owned) ? 'Owned' : 'None');
  const read = has(Right.read)
    ? 'FullDetails'
    : !calendar
      ? 'None'
      : has(Right.freeBusyDetailed)
        ? 'TimeAndSubjectAndLocation'
        : has(Right.freeBusySimple)
          ? 'TimeOnly'
          : 'None';
  const inner =
    user +
    tx('t:CanCreateItems', has(Right.create)) +
    tx('t:CanCreateSubFolders', has(Right.createSubfolder)) +
    tx('t:IsFolderOwner', has(Right.owner)) +
    tx('t:IsFolderVisible', has(Right.visible)) +
    tx('t:IsFolderContact', has(Right.contact)) +
    tx('t:EditItems', action(Right.editAll, Right.editOwned)) +
    tx('t:DeleteItems', action(Right.deleteAll, Right.deleteOwned)) +
    tx('t:ReadItems', read);
  const level = levelOf(rights, calendar);
  return calendar
    ? el('t:CalendarPermission', inner + tx('t:CalendarPermissionLevel', level))
    : el('t:Permission', inner + tx('t:PermissionLevel', level));
}

/**
 * Reads a PermissionSet; the whole list is what the folder will have. Throws ErrorDuplicateUserIdsSpecified,
 * ErrorInvalidUserInfo, ErrorCannotSetPermissionUnknownEntries, ErrorInvalidPermissionSettings.
 */
export function readPermissionSet(call: Call, set: XmlNode, calendar: boolean): FolderPermission[] {
  if ((child(set, 'UnknownEntries')?.children.length ?? 0) > 0) {
    throw new EwsError('ErrorCannotSetPermissionUnknownEntries', 'UnknownEntries cannot be set.');
  }
  const list =
    child(set, calendar ? 'CalendarPermissions' : 'Permissions') ??
    child(set, calendar ? 'Permissions' : 'CalendarPermissions');
  const permissions = (list?.children ?? []).map((node) => readPermission(call, node, calendar));
  const users = new Set(permissions.map((p) => p.user));
  if (users.size !== permissions.length) {
    throw new EwsError('ErrorDuplicateUserIdsSpecified', 'The same user is specified more than once.');
  }
  return permissions;
}

function readPermission(call: Call, node: XmlNode, calendar: boolean): FolderPermission {
  const level = textOf(node, 'CalendarPermissionLevel') ?? textOf(node, 'PermissionLevel') ?? '';
  const rights =
    level === 'Custom' ? customRights(node) : (levelRights(level) ?? (calendar ? CALENDAR_LEVELS[level] : undefined));
  if (rights === undefined) {
    throw new EwsError('ErrorInvalidPermissionSettings', `The permission level '${level}' is not valid.`);
  }
  const withFreeBusy = calendar && (rights & Right.read) !== 0 ? rights | FREE_BUSY : rights;
  return { ...readUserId(call, child(node, 'UserId')), level, rights: withFreeBusy };
}

/** The user a UserId element names; throws ErrorInvalidUserInfo. */
export function readUserId(call: Call, node: XmlNode | undefined): Pick<FolderPermission, 'user' | 'displayName'> {
  const distinguished = textOf(node, 'DistinguishedUser');
  if (distinguished === 'Default' || distinguished === 'Anonymous')
    return { user: distinguished, displayName: distinguished };
  const sid = textOf(node, 'SID');
  const address =
    textOf(node, 'PrimarySmtpAddress') ?? (sid === undefined ? undefined : call.directory.account(sid)?.address);
  const entry = address ? call.directory.entry(address) : undefined;
  if (!entry) throw new EwsError('ErrorInvalidUserInfo', 'The user was not found.');
  return { user: entry.address, displayName: entry.displayName };
}

function customRights(node: XmlNode): number {
  let rights = 0;
  const flag = (name: string, bit: number) => {
    if (toBoolean(textOf(node, name))) rights |= bit;
  };
  flag('CanCreateItems', Right.create);
  flag('CanCreateSubFolders', Right.createSubfolder);
  flag('IsFolderOwner', Right.owner);
  flag('IsFolderVisible', Right.visible);
  flag('IsFolderContact', Right.contact);
  const action = (name: string, all: number, owned: number) => {
    const value = textOf(node, name);
    if (value === 'All') rights |= all | owned;
    if (value === 'Owned') rights |= owned;
  };
  action('EditItems', Right.editAll, Right.editOwned);
  action('DeleteItems', Right.deleteAll, Right.deleteOwned);
  const read = textOf(node, 'ReadItems');
  if (read === 'FullDetails') rights |= Right.read;
  if (read === 'TimeOnly') rights |= Right.freeBusySimple;
  if (read === 'TimeAndSubjectAndLocation') rights |= FREE_BUSY;
  return rights;
}

/** The EffectiveRights element for the user of the call. */
export function effectiveRightsXml(rights: number): string {
  const has = (bits: number) => (rights & bits) !== 0;
  return el(
    't:EffectiveRights',
    tx('t:CreateAssociated', has(Right.create | Right.owner)) +
      tx('t:CreateContents', has(Right.create)) +
      tx('t:CreateHierarchy', has(Right.createSubfolder)) +
      tx('t:Delete', has(Right.owner)) +
      tx('t:Modify', has(Right.owner)) +
      tx('t:Read', has(Right.read | Right.owner)) +
      tx('t:ViewPrivateItems', has(Right.owner)),
  );
}
