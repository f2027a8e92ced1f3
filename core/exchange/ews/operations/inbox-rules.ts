import type { CallOptions } from '../../mail-store.ts';
import type { InboxRule, InboxRules, RuleAddress, RulePart } from '../../settings.ts';
import { ewsError } from '../codes.ts';
import { type Session, single } from '../run.ts';
import { booleanOf, child, children, escapeXml, numberOf, textOf, type XmlNode } from '../xml.ts';

/** Inbox rules ([MS-OXWSRULES]). */

const box = (address: string): string => `<m:MailboxSmtpAddress>${escapeXml(address)}</m:MailboxSmtpAddress>`;

export async function getInboxRules(session: Session, address: string, options: CallOptions = {}): Promise<InboxRules> {
  const body = `<m:GetInboxRules>${box(address)}</m:GetInboxRules>`;
  const answer = await single(
    session,
    { operation: 'GetInboxRules', body, repeatable: true, ...options },
    'GetInboxRulesResponse',
  );
  return {
    rules: children(child(answer, 'InboxRules'), 'Rule').map(readRule),
    outlookRules: booleanOf(answer, 'OutlookRuleBlobExists') ?? false,
  };
}

function readRule(node: XmlNode): InboxRule {
  const parts = (name: string): RulePart[] => (child(node, name)?.children ?? []).map(readPart);
  return {
    id: textOf(node, 'RuleId') ?? '',
    name: textOf(node, 'DisplayName') ?? '',
    priority: numberOf(node, 'Priority') ?? 0,
    enabled: booleanOf(node, 'IsEnabled') ?? false,
    unsupported: booleanOf(node, 'IsNotSupported') ?? false,
    inError: booleanOf(node, 'IsInError') ?? false,
    conditions: parts('Conditions'),
    exceptions: parts('Exceptions'),
    actions: parts('Actions'),
  };
}

const RANGES: Record<string, readonly [string, string]> = {
  WithinDateRange: ['StartDateTime', 'EndDateTime'],
  WithinSizeRange: ['MinimumSize', 'MaximumSize'],
};

/** What kind of thing a part holds is seen from what stands in it. */
function readPart(node: XmlNode): RulePart {
  const { name } = node;
  const range = RANGES[name];
  if (range) return { name, kind: 'range', from: textOf(node, range[0]) ?? null, to: textOf(node, range[1]) ?? null };
  const folder = child(node, 'FolderId');
  if (folder) return { name, kind: 'folder', folder: { id: folder.attributes.Id ?? '' } };
  const known = child(node, 'DistinguishedFolderId');
  if (known) return { name, kind: 'folder', folder: { distinguished: known.attributes.Id ?? '' } };
  if (node.attributes.Id !== undefined) return { name, kind: 'item', itemId: node.attributes.Id };
  const addresses = children(node, 'Address');
  if (addresses.length > 0) return { name, kind: 'addresses', addresses: addresses.map(readAddress) };
  const strings = children(node, 'String');
  if (strings.length > 0) return { name, kind: 'strings', values: strings.map((s) => s.text) };
  return { name, kind: 'value', value: node.text.trim() };
}

function readAddress(node: XmlNode): RuleAddress {
  return {
    name: textOf(node, 'Name') ?? '',
    address: textOf(node, 'EmailAddress') ?? '',
    routing: textOf(node, 'RoutingType') ?? '',
  };
}

/** Makes a rule (without an id) or replaces it. Outlook's own list is never removed. */
export async function putInboxRule(
  session: Session,
  address: string,
  rule: InboxRule,
  options: CallOptions = {},
): Promise<void> {
  const kind = rule.id === '' ? 'CreateRuleOperation' : 'SetRuleOperation';
  await change(session, address, `<t:${kind}>${ruleXml(rule)}</t:${kind}>`, rule.id !== '', options);
}

export async function deleteInboxRule(
  session: Session,
  address: string,
  id: string,
  options: CallOptions = {},
): Promise<void> {
  const operation = `<t:DeleteRuleOperation><t:RuleId>${escapeXml(id)}</t:RuleId></t:DeleteRuleOperation>`;
  await change(session, address, operation, false, options);
}

async function change(
  session: Session,
  address: string,
  operation: string,
  repeatable: boolean,
  options: CallOptions,
): Promise<void> {
  const body = `<m:UpdateInboxRules>${box(address)}<m:RemoveOutlookRuleBlob>false</m:RemoveOutlookRuleBlob><m:Operations>${operation}</m:Operations></m:UpdateInboxRules>`;
  const answer = await session.client.call<XmlNode>({
    operation: 'UpdateInboxRules',
    body,
    anchor: session.anchor,
    counter: session,
    repeatable,
    signal: options.signal,
    guard: options.guard,
    records: ['UpdateInboxRulesResponse'],
    collect() {
      let found: XmlNode | undefined;
      return {
        record: (node) => {
          found = node;
        },
        result: () => found ?? { name: '', attributes: {}, children: [], text: '' },
      };
    },
  });
  if (answer.attributes.ResponseClass === 'Success') return;
  // What is wrong with a rule stands beside the code: the field and the reason.
  const errors = children(child(answer, 'RuleOperationErrors'), 'RuleOperationError').flatMap((one) =>
    children(child(one, 'ValidationErrors'), 'Error').map(
      (e) => `${textOf(e, 'FieldURI') ?? 'rule'}: ${textOf(e, 'ErrorCode') ?? 'invalid'}`,
    ),
  );
  throw ewsError(textOf(answer, 'ResponseCode') ?? 'ErrorInternalServerError', errors.join(', '));
}

function ruleXml(rule: InboxRule): string {
  const id = rule.id === '' ? '' : `<t:RuleId>${escapeXml(rule.id)}</t:RuleId>`;
  const part = (name: string, parts: RulePart[]): string =>
    parts.length === 0 ? '' : `<t:${name}>${parts.map(partXml).join('')}</t:${name}>`;
  return (
    `<t:Rule>${id}<t:DisplayName>${escapeXml(rule.name)}</t:DisplayName><t:Priority>${rule.priority}</t:Priority>` +
    `<t:IsEnabled>${rule.enabled}</t:IsEnabled>${part('Conditions', rule.conditions)}${part('Exceptions', rule.exceptions)}${part('Actions', rule.actions)}</t:Rule>`
  );
}

function partXml(part: RulePart): string {
  if (part.kind === 'item') return `<t:${part.name} Id="${escapeXml(part.itemId)}"/>`;
  return `<t:${part.name}>${contentXml(part)}</t:${part.name}>`;
}

function contentXml(part: Exclude<RulePart, { kind: 'item' }>): string {
  const element = (name: string, text: string | null): string =>
    text === null || text === '' ? '' : `<t:${name}>${escapeXml(text)}</t:${name}>`;
  switch (part.kind) {
    case 'value':
      return escapeXml(part.value);
    case 'strings':
      return part.values.map((value) => `<t:String>${escapeXml(value)}</t:String>`).join('');
    case 'range': {
      const [from, to] = RANGES[part.name] ?? ['', ''];
      return element(from, part.from) + element(to, part.to);
    }
    case 'folder':
      return 'id' in part.folder
        ? `<t:FolderId Id="${escapeXml(part.folder.id)}"/>`
        : `<t:DistinguishedFolderId Id="${escapeXml(part.folder.distinguished)}"/>`;
    case 'addresses':
      return part.addresses
        .map(
          (a) =>
            `<t:Address>${element('Name', a.name)}${element('EmailAddress', a.address)}${element('RoutingType', a.routing)}</t:Address>`,
        )
        .join('');
  }
}
