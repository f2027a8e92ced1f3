import { randomUUID } from 'node:crypto';
import { DN_ATTRIBUTES } from '../../directory/attributes.ts';
import { childDn, dnsDomain } from '../../directory/dn.ts';
import { WISHES } from '../../directory/flow/built-in.ts';
import type { CompiledFlow } from '../../directory/flow/compile.ts';
import { type Attributes, first, values } from '../../domain/recipient.ts';
import type { StoredRecipient } from '../../store/recipients.ts';
import { mergeAddresses } from './addresses.ts';
import {
  DISABLED_ACCOUNT,
  MAIL_USER_TYPE,
  MAIL_USER_VERSION,
  MAILBOX_KINDS,
  MAILBOX_VERSION,
  mailboxTypes,
  mailUserDisplayType,
  NO_ADDRESS_POLICY,
} from './constants.ts';
import type { PrepareOptions } from './options.ts';
import { defaultContainer, type TargetForest } from './target.ts';

/** What shaping needs beside the two objects. */
export interface ShapeContext {
  options: PrepareOptions;
  flow: CompiledFlow;
  forest: TargetForest;
  /** Domains of the target, the first one for new addresses. */
  smtpDomains: readonly string[];
}

/** A target object as it shall be. */
export interface Shape {
  dn: string;
  /** The wanted values of every attribute that is touched; [] takes an attribute away. */
  attributes: Attributes;
  legacyDn: string | undefined;
  notes: string[];
}

const USER_CLASSES = ['top', 'person', 'organizationalPerson', 'user'];

/** A new user for a source mailbox or mail user; a contact that stood for it gives what the source does not have. */
export function newUser(
  source: StoredRecipient,
  contact: StoredRecipient | undefined,
  holder: number,
  ctx: ShapeContext,
): Shape {
  const { forest, options } = ctx;
  const container = options.container ?? defaultContainer(forest.baseDn);
  const cn = newCn(source, container, ctx);
  const wished = wishOf('sAMAccountName', source, ctx) ?? source.sam ?? first(source.attributes, 'mailNickname');
  const sam = forest.uniqueSam(wished ?? source.displayName);
  const wishedUpn = wishOf('userPrincipalName', source, ctx)?.split('@');
  const suffix = wishedUpn?.[1] ?? options.upnSuffix ?? dnsDomain(forest.baseDn);
  const local = wishedUpn?.[0] ?? source.upn?.split('@', 1)[0] ?? sam;
  const attributes: Attributes = {
    objectClass: [...USER_CLASSES],
    sAMAccountName: [sam],
    userPrincipalName: [forest.uniqueUpn(local, suffix, sam)],
    userAccountControl: [DISABLED_ACCOUNT],
  };
  flowInto(attributes, source, undefined, contact, ctx);
  const notes = addMail(attributes, source, contact, undefined, holder, ctx);
  return finish(
    { dn: childDn('CN', cn, container), attributes, legacyDn: first(attributes, 'legacyExchangeDN'), notes },
    ctx,
  );
}

/** An existing target account or mail user as it shall be; its own data stays, only what is missing is filled. */
export function existingUser(
  source: StoredRecipient,
  target: StoredRecipient,
  contact: StoredRecipient | undefined,
  ctx: ShapeContext,
): Shape {
  const attributes: Attributes = {};
  if (MAILBOX_KINDS.has(target.kind)) {
    const notes = ['it has a mailbox already; only the X500 address is added'];
    flowInto(attributes, source, target, undefined, ctx);
    addX500(attributes, source, target, ctx, notes);
    return finish({ dn: target.dn, attributes, legacyDn: target.legacyDn ?? undefined, notes }, ctx);
  }
  flowInto(attributes, source, target, contact, ctx);
  const notes = addMail(attributes, source, contact, target, target.id, ctx);
  const legacyDn = target.legacyDn ?? first(attributes, 'legacyExchangeDN');
  return finish({ dn: target.dn, attributes, legacyDn, notes }, ctx);
}

/** A target object that only gets the source's legacyExchangeDN as X500: groups, contacts, mailboxes. */
export function withX500(source: StoredRecipient, target: StoredRecipient, ctx: ShapeContext): Shape {
  const attributes: Attributes = {};
  const notes: string[] = [];
  flowInto(attributes, source, target, undefined, ctx);
  addX500(attributes, source, target, ctx, notes);
  return finish({ dn: target.dn, attributes, legacyDn: target.legacyDn ?? undefined, notes }, ctx);
}

/** A mail-enabled folder of the target takes mail under the source's addresses too; Exchange makes its object itself. */
export function existingFolder(source: StoredRecipient, target: StoredRecipient, ctx: ShapeContext): Shape {
  const attributes: Attributes = {};
  const have = values(target.attributes, 'proxyAddresses');
  const plan = mergeAddresses(source, have, [], ctx.forest, target.id, new Set());
  attributes.proxyAddresses = plan.addresses;
  if (source.hidden) attributes.msExchHideFromAddressLists = ['TRUE'];
  // Mail that is forwarded (altRecipient, by reference) may stay in the folder as well.
  const keeps =
    first(source.attributes, 'deliverAndRedirect') === 'TRUE' && values(source.attributes, 'altRecipient').length > 0;
  if (keeps && values(target.attributes, 'altRecipient').length === 0) attributes.deliverAndRedirect = ['TRUE'];
  return finish({ dn: target.dn, attributes, legacyDn: target.legacyDn ?? undefined, notes: [...plan.notes] }, ctx);
}

/** A common name that is free in the container. */
function newCn(source: StoredRecipient, container: string, ctx: ShapeContext): string {
  const wanted = wishOf('cn', source, ctx) ?? source.displayName;
  return ctx.forest.uniqueCn(wanted, container, (name) => childDn('CN', name, container));
}

/** An alias that nobody has. */
function newAlias(source: StoredRecipient, otherwise: string, ctx: ShapeContext): string {
  const wished = wishOf('mailNickname', source, ctx) ?? first(source.attributes, 'mailNickname');
  return ctx.forest.uniqueAlias(wished ?? otherwise);
}

/** What the flow wishes a unique name to be; prepare makes it unique. */
function wishOf(attribute: string, source: StoredRecipient, { flow }: ShapeContext): string | undefined {
  return flow.ruleFor(attribute, source)?.values(source)[0];
}

/**
 * The attributes that flow from the source. Of an object that is there already only what it lacks is filled, unless the
 * flow replaces; a contact whose place is taken gives what the source does not have.
 */
function flowInto(
  attributes: Attributes,
  source: StoredRecipient,
  target: StoredRecipient | undefined,
  contact: StoredRecipient | undefined,
  { flow }: ShapeContext,
): void {
  // A mailbox of the target is somebody's already: only what a flow of one's own replaces is touched.
  const inUse = target !== undefined && (MAILBOX_KINDS.has(target.kind) || !hasAccount(target));
  for (const name of flow.attributesOut) {
    if (WISHES.has(name) || DN_ATTRIBUTES.has(name)) continue;
    const rule = flow.ruleFor(name, source);
    if (!rule || rule.kind === 'leave') continue;
    if (inUse && rule.existing !== 'replace') continue;
    if (target && rule.existing === 'keep') continue;
    if (target && rule.existing === 'fill' && values(target.attributes, name).length > 0) continue;
    const own = rule.values(source);
    const found = own.length > 0 || rule.own || !contact ? own : values(contact.attributes, name);
    // Windows writes countryCode 0 into every account; it says nothing.
    if (found.length > 0 && !(name === 'countryCode' && found[0] === '0')) attributes[name] = [...found];
  }
}

const hasAccount = (r: StoredRecipient): boolean => r.kind !== 'contact' && r.kind !== 'group';

function addMail(
  attributes: Attributes,
  source: StoredRecipient,
  contact: StoredRecipient | undefined,
  target: StoredRecipient | undefined,
  holder: number,
  ctx: ShapeContext,
): string[] {
  const { forest, options } = ctx;
  const have = (name: string) => first(target?.attributes ?? {}, name);
  const alias = have('mailNickname') ?? newAlias(source, source.sam ?? '', ctx);
  attributes.mailNickname = [alias];
  const replaced = new Set(contact ? [contact.id] : []);
  const plan = mergeAddresses(
    source,
    target ? values(target.attributes, 'proxyAddresses') : [],
    [...ownAddress(alias, ctx), ...(contact ? contactAddresses(contact) : [])],
    forest,
    holder,
    replaced,
  );
  const notes = [...plan.notes];
  attributes.proxyAddresses = plan.addresses;
  const mail = have('mail') ?? plan.primary;
  if (mail !== undefined) attributes.mail = [mail];
  else notes.push('no SMTP address is left for it');
  const sourceAddress = primaryOf(source);
  if (sourceAddress !== undefined) attributes.targetAddress = [`SMTP:${sourceAddress}`];
  if (have('legacyExchangeDN') === undefined) addLegacyDn(attributes, alias, ctx, notes);
  addTypes(attributes, source, ctx, notes);
  if (options.addressPolicy === 'exclude') attributes.msExchPoliciesExcluded = [NO_ADDRESS_POLICY];
  const hidden = source.hidden || first(target?.attributes ?? {}, 'msExchHideFromAddressLists') === 'TRUE';
  const shownIn = target ? values(target.attributes, 'showInAddressBook') : [];
  if (!hidden && shownIn.length === 0 && forest.addressLists.length > 0) {
    attributes.showInAddressBook = forest.addressLists;
  }
  return notes;
}

/** Whatever mailbox Exchange knows of the source is a synced mailbox to the target; a mail user stays one. */
function addTypes(
  attributes: Attributes,
  source: StoredRecipient,
  { options, forest }: ShapeContext,
  notes: string[],
): void {
  const mailbox = MAILBOX_KINDS.has(source.kind);
  attributes.msExchRecipientDisplayType = [mailUserDisplayType(source.kind)];
  attributes.msExchRecipientTypeDetails = [MAIL_USER_TYPE];
  attributes.msExchVersion = [MAIL_USER_VERSION];
  const master = first(source.attributes, 'msExchMasterAccountSid');
  const sid = first(source.attributes, 'objectSid');
  if (source.kind === 'linkedMailbox' && master) attributes.msExchMasterAccountSid = [master];
  else if (options.linkToSource && sid && source.kind === 'mailbox') {
    attributes.msExchMasterAccountSid = [sid];
    attributes.msExchRecipientDisplayType = [mailUserDisplayType('linkedMailbox')];
  }
  if (options.mode !== 'mailbox' || !mailbox) return;
  const database = options.database ?? forest.database;
  if (database === undefined) {
    notes.push('no database of the target is known, so no mailbox can be planned; give one with --database DN');
    return;
  }
  const types = mailboxTypes(source.kind);
  attributes.homeMDB = [database];
  if (forest.homeServer !== undefined) attributes.msExchHomeServerName = [forest.homeServer];
  attributes.msExchRecipientDisplayType = [types.display];
  attributes.msExchRecipientTypeDetails = [types.details];
  attributes.msExchVersion = [MAILBOX_VERSION];
}

/** A legacyExchangeDN like the forest's others, unique by a GUID as Exchange makes them. */
function addLegacyDn(attributes: Attributes, alias: string, { forest }: ShapeContext, notes: string[]): void {
  const prefix = forest.legacyPrefix;
  if (prefix === undefined) {
    notes.push('legacyExchangeDN is left to Exchange (Update-Recipient); plan again after it for the X500 address');
    return;
  }
  const legacyDn = `${prefix}${randomUUID().replaceAll('-', '')}-${alias}`;
  attributes.legacyExchangeDN = [legacyDn];
}

/** An address in the target's own domain: the one that mail is forwarded to after the cutover. */
function ownAddress(alias: string, { options, smtpDomains }: ShapeContext): string[] {
  const domain = options.addressDomain ?? smtpDomains[0];
  return domain === undefined ? [] : [`smtp:${alias}@${domain}`];
}

function contactAddresses(contact: StoredRecipient): string[] {
  const own = values(contact.attributes, 'proxyAddresses').filter((a) => !/^smtp:/i.test(a));
  return [...own.filter((a) => /^x500:/i.test(a)), ...(contact.legacyDn ? [`X500:${contact.legacyDn}`] : [])];
}

function addX500(
  attributes: Attributes,
  source: StoredRecipient,
  target: StoredRecipient,
  { forest }: ShapeContext,
  notes: string[],
): void {
  if (!source.legacyDn) return;
  const text = `X500:${source.legacyDn}`;
  const owner = forest.holder(text);
  if (owner === target.id) return;
  if (owner !== undefined) {
    notes.push(`${text} is held by another object of the target and was left out`);
    return;
  }
  forest.reserve(text, target.id);
  attributes.proxyAddresses = [...values(target.attributes, 'proxyAddresses'), text];
}

export function primaryOf(r: StoredRecipient): string | undefined {
  return r.addresses.find((a) => a.kind === 'smtp' && a.primary)?.address ?? r.mail ?? undefined;
}

/** Leaves out what the target's schema does not know, and says so. */
function finish(shape: Shape, { forest }: ShapeContext): Shape {
  for (const name of Object.keys(shape.attributes)) {
    if (name === 'objectClass' || forest.knows(name)) continue;
    delete shape.attributes[name];
    shape.notes.push(`${name} is left out: the target's schema does not have it`);
  }
  return shape;
}

/** A contact of the source, made again in the target. */
export function newContact(source: StoredRecipient, holder: number, ctx: ShapeContext): Shape {
  const { forest, options } = ctx;
  const container = options.container ?? defaultContainer(forest.baseDn);
  const cn = newCn(source, container, ctx);
  const attributes: Attributes = { objectClass: ['top', 'person', 'organizationalPerson', 'contact'] };
  flowInto(attributes, source, undefined, undefined, ctx);
  const alias = newAlias(source, source.displayName, ctx);
  const plan = mergeAddresses(source, [], [], forest, holder, new Set());
  attributes.mailNickname = [alias];
  attributes.proxyAddresses = plan.addresses;
  if (plan.primary !== undefined) attributes.mail = [plan.primary];
  const external = first(source.attributes, 'targetAddress') ?? (plan.primary && `SMTP:${plan.primary}`);
  if (external) attributes.targetAddress = [external];
  attributes.msExchRecipientDisplayType = ['6'];
  attributes.msExchRecipientTypeDetails = ['64'];
  const notes = [...plan.notes];
  addLegacyDn(attributes, alias, ctx, notes);
  return finish(
    { dn: childDn('CN', cn, container), attributes, legacyDn: first(attributes, 'legacyExchangeDN'), notes },
    ctx,
  );
}

/** A group of the source, made again in the target without its members, which follow when all exist. */
export function newGroup(source: StoredRecipient, holder: number, ctx: ShapeContext): Shape {
  const { forest, options } = ctx;
  const container = options.container ?? defaultContainer(forest.baseDn);
  const cn = newCn(source, container, ctx);
  const attributes: Attributes = {
    objectClass: ['top', 'group'],
    sAMAccountName: [forest.uniqueSam(source.sam ?? source.displayName)],
    groupType: [first(source.attributes, 'groupType') ?? '8'],
  };
  flowInto(attributes, source, undefined, undefined, ctx);
  const alias = newAlias(source, source.displayName, ctx);
  const plan = mergeAddresses(source, [], ownAddress(alias, ctx), forest, holder, new Set());
  attributes.mailNickname = [alias];
  attributes.proxyAddresses = plan.addresses;
  if (plan.primary !== undefined) attributes.mail = [plan.primary];
  for (const name of ['msExchRecipientDisplayType', 'msExchRecipientTypeDetails', 'msExchVersion']) {
    const found = values(source.attributes, name);
    if (found.length > 0) attributes[name] = [...found];
  }
  if (options.addressPolicy === 'exclude') attributes.msExchPoliciesExcluded = [NO_ADDRESS_POLICY];
  const notes = [...plan.notes];
  addLegacyDn(attributes, alias, ctx, notes);
  return finish(
    { dn: childDn('CN', cn, container), attributes, legacyDn: first(attributes, 'legacyExchangeDN'), notes },
    ctx,
  );
}
