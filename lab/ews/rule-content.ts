import { SoapFault } from './errors.ts';
import { DISTINGUISHED_NAMES } from './field-uris.ts';
import { parseDateTime } from './xml/dates.ts';
import { toBoolean, type XmlNode } from './xml/node.ts';
import { el, tx } from './xml/write.ts';

/** Conditions, exceptions and actions of inbox rules, read against the schema and written again in its order. */

type Write = (node: XmlNode) => string;

const wrong = (what: string) =>
  new SoapFault('ErrorSchemaValidation', `The request failed schema validation: '${what}' is not valid in a rule.`);

const flag: Write = (node) => {
  const value = toBoolean(node.text);
  if (value === undefined || node.children.length > 0) throw wrong(node.name);
  return tx(`t:${node.name}`, value);
};

const strings: Write = (node) => {
  if (node.children.length === 0 || node.children.some((c) => c.name !== 'String' || c.children.length > 0))
    throw wrong(node.name);
  return el(`t:${node.name}`, node.children.map((c) => tx('t:String', c.text)).join(''));
};

const oneOf =
  (...values: string[]): Write =>
  (node) => {
    if (!values.includes(node.text)) throw wrong(node.name);
    return tx(`t:${node.name}`, node.text);
  };

const PARTS = ['Name', 'EmailAddress', 'RoutingType', 'MailboxType'];
const TYPES = new Set([
  'Unknown',
  'OneOff',
  'Mailbox',
  'PublicDL',
  'PrivateDL',
  'Contact',
  'PublicFolder',
  'GroupMailbox',
]);

const addresses: Write = (node) => {
  const list = node.children.map((address) => {
    const parts = PARTS.map((name) => address.children.find((c) => c.name === name));
    const [, , , type] = parts;
    if (address.name !== 'Address' || (type && !TYPES.has(type.text))) throw wrong(node.name);
    return el('t:Address', parts.map((p) => (p && p.text !== '' ? tx(`t:${p.name}`, p.text) : '')).join(''));
  });
  if (list.length === 0) throw wrong(node.name);
  return el(`t:${node.name}`, list.join(''));
};

const dates: Write = (node) =>
  range(node, ['StartDateTime', 'EndDateTime'], (text) => {
    parseDateTime(text);
    return text.trim();
  });

const sizes: Write = (node) =>
  range(node, ['MinimumSize', 'MaximumSize'], (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isInteger(value) || Math.abs(value) > 0x7fffffff) throw wrong(node.name);
    return String(value);
  });

function range(node: XmlNode, names: readonly string[], read: (text: string) => string): string {
  const inner = names.map((name) => {
    const part = node.children.find((c) => c.name === name);
    return part ? tx(`t:${name}`, read(part.text)) : '';
  });
  return el(`t:${node.name}`, inner.join(''));
}

const folder: Write = (node) => {
  const [target, ...more] = node.children;
  const id = target?.attributes.Id ?? '';
  const known =
    target?.name === 'FolderId' || (target?.name === 'DistinguishedFolderId' && DISTINGUISHED_NAMES.has(id));
  if (!target || more.length > 0 || id === '' || !known) throw wrong(node.name);
  return el(`t:${node.name}`, el(`t:${target.name}`, '', { Id: id, ChangeKey: target.attributes.ChangeKey }));
};

const item: Write = (node) => {
  if (!node.attributes.Id) throw wrong(node.name);
  return el(`t:${node.name}`, '', { Id: node.attributes.Id, ChangeKey: node.attributes.ChangeKey });
};

const IMPORTANCE = oneOf('Low', 'Normal', 'High');
const FLAGGED = oneOf(
  'Any',
  'Call',
  'DoNotForward',
  'FollowUp',
  'FYI',
  'Forward',
  'NoResponseNecessary',
  'Read',
  'Reply',
  'ReplyToAll',
  'Review',
);

/** RulePredicatesType, in the order of the schema. */
const PREDICATES: Record<string, Write> = {
  Categories: strings,
  ContainsBodyStrings: strings,
  ContainsHeaderStrings: strings,
  ContainsRecipientStrings: strings,
  ContainsSenderStrings: strings,
  ContainsSubjectOrBodyStrings: strings,
  ContainsSubjectStrings: strings,
  FlaggedForAction: FLAGGED,
  FromAddresses: addresses,
  FromConnectedAccounts: strings,
  HasAttachments: flag,
  Importance: IMPORTANCE,
  IsApprovalRequest: flag,
  IsAutomaticForward: flag,
  IsAutomaticReply: flag,
  IsEncrypted: flag,
  IsMeetingRequest: flag,
  IsMeetingResponse: flag,
  IsNDR: flag,
  IsPermissionControlled: flag,
  IsReadReceipt: flag,
  IsSigned: flag,
  IsVoicemail: flag,
  ItemClasses: strings,
  MessageClassifications: strings,
  NotSentToMe: flag,
  SentCcMe: flag,
  SentOnlyToMe: flag,
  SentToAddresses: addresses,
  SentToMe: flag,
  SentToOrCcMe: flag,
  Sensitivity: oneOf('Normal', 'Personal', 'Private', 'Confidential'),
  WithinDateRange: dates,
  WithinSizeRange: sizes,
};

/** RuleActionsType, in the order of the schema. */
const ACTIONS: Record<string, Write> = {
  AssignCategories: strings,
  CopyToFolder: folder,
  Delete: flag,
  ForwardAsAttachmentToRecipients: addresses,
  ForwardToRecipients: addresses,
  MarkImportance: IMPORTANCE,
  MarkAsRead: flag,
  MoveToFolder: folder,
  PermanentDelete: flag,
  RedirectToRecipients: addresses,
  SendSMSAlertToRecipients: addresses,
  ServerReplyWithMessage: item,
  StopProcessingRules: flag,
};

/** What stands in a Conditions, Exceptions or Actions element, in this server's spelling; throws a fault for what the schema does not have. */
export function ruleContent(node: XmlNode): string {
  const table = node.name === 'Actions' ? ACTIONS : PREDICATES;
  const names = node.children.map((c) => c.name);
  const unknown = names.find((name, index) => !Object.hasOwn(table, name) || names.indexOf(name) !== index);
  if (unknown !== undefined) throw wrong(unknown);
  const parts = Object.entries(table).map(([name, write]) => {
    const found = node.children.find((c) => c.name === name);
    return found ? write(found) : '';
  });
  return parts.join('');
}
