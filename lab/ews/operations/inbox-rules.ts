import { randomBytes } from 'node:crypto';
import type { MailboxRecord, RuleRecord } from '../../model.ts';
import { mailboxByAddress, ownMailbox } from '../access.ts';
import type { Call, Chunk } from '../context.ts';
import { EwsError } from '../errors.ts';
import { errorContent, type Operation } from '../respond.ts';
import { ruleContent } from '../rule-content.ts';
import { child, textOf, toBoolean, type XmlNode } from '../xml/node.ts';
import { el, tx } from '../xml/write.ts';

/** Inbox rules ([MS-OXWSRULES]). Conditions, exceptions and actions are kept as they were given, in this server's spelling. */

const SUCCESS = '<m:ResponseCode>NoError</m:ResponseCode>';

function mailboxOf(call: Call, request: XmlNode): MailboxRecord {
  const address = textOf(request, 'MailboxSmtpAddress');
  const mailbox = address === undefined || address === '' ? ownMailbox(call) : mailboxByAddress(call, address);
  if (mailbox.id !== call.user.mailbox?.id)
    throw new EwsError('ErrorAccessDenied', 'Access is denied. Check credentials and try again.');
  return mailbox;
}

function answer(name: string, work: () => string): Iterable<Chunk> {
  try {
    return [el(`m:${name}Response`, SUCCESS + work(), { ResponseClass: 'Success' })];
  } catch (error) {
    if (error instanceof RuleErrors) {
      const list = error.errors.map(({ index, code, field, value }) =>
        el(
          't:RuleOperationError',
          tx('t:OperationIndex', index) +
            el(
              't:ValidationErrors',
              el(
                't:Error',
                tx('t:FieldURI', field) +
                  tx('t:ErrorCode', code) +
                  tx('t:ErrorMessage', error.message) +
                  tx('t:FieldValue', value),
              ),
            ),
        ),
      );
      return [
        el(`m:${name}Response`, errorContent(error) + el('m:RuleOperationErrors', list.join('')), {
          ResponseClass: 'Error',
        }),
      ];
    }
    if (!(error instanceof EwsError)) throw error;
    return [el(`m:${name}Response`, errorContent(error), { ResponseClass: 'Error' })];
  }
}

export const getInboxRules: Operation = (request, call) =>
  answer('GetInboxRules', () => {
    const { rules } = mailboxOf(call, request);
    const sorted = [...rules].sort((a, b) => a.priority - b.priority);
    return tx('m:OutlookRuleBlobExists', false) + el('m:InboxRules', sorted.map(ruleXml).join(''));
  });

function ruleXml(rule: RuleRecord): string {
  return el(
    't:Rule',
    tx('t:RuleId', rule.id) +
      tx('t:DisplayName', rule.name) +
      tx('t:Priority', rule.priority) +
      tx('t:IsEnabled', rule.enabled) +
      part('t:Conditions', rule.conditionsXml) +
      part('t:Exceptions', rule.exceptionsXml) +
      part('t:Actions', rule.actionsXml),
  );
}

/** A part of a rule that says something. */
function part(name: string, inner: string): string {
  return inner === '' ? '' : el(name, inner);
}

interface RuleError {
  index: number;
  code: 'CreateWithRuleId' | 'RuleNotFound' | 'MissingAction' | 'EmptyValueFound';
  field: 'RuleId' | 'Actions' | 'DisplayName';
  value: string;
}

class RuleErrors extends EwsError {
  readonly errors: RuleError[];
  constructor(errors: RuleError[]) {
    super('ErrorInboxRulesValidationError', 'A validation error occurred while executing the rule operation.');
    this.errors = errors;
  }
}

/** All operations or none. */
export const updateInboxRules: Operation = (request, call) =>
  answer('UpdateInboxRules', () => {
    const mailbox = mailboxOf(call, request);
    let rules = [...mailbox.rules];
    const errors: RuleError[] = [];
    for (const [index, operation] of (child(request, 'Operations')?.children ?? []).entries()) {
      const result = apply(rules, operation);
      if (Array.isArray(result)) rules = result;
      else errors.push({ ...result, index });
    }
    if (errors.length > 0) throw new RuleErrors(errors);
    call.store.updateMailbox(mailbox.id, { rules });
    return '';
  });

function apply(rules: RuleRecord[], operation: XmlNode): RuleRecord[] | Omit<RuleError, 'index'> {
  if (operation.name === 'DeleteRuleOperation') {
    const id = textOf(operation, 'RuleId') ?? '';
    if (!rules.some((r) => r.id === id)) return { code: 'RuleNotFound', field: 'RuleId', value: id };
    return rules.filter((r) => r.id !== id);
  }
  const node = child(operation, 'Rule');
  const id = textOf(node, 'RuleId') ?? '';
  const rule = readRule(node);
  if (rule.name === '') return { code: 'EmptyValueFound', field: 'DisplayName', value: '' };
  if (rule.actionsXml === '') return { code: 'MissingAction', field: 'Actions', value: '' };
  if (operation.name === 'CreateRuleOperation') {
    if (id !== '') return { code: 'CreateWithRuleId', field: 'RuleId', value: id };
    return [...rules, { ...rule, id: randomBytes(8).toString('base64') }];
  }
  if (!rules.some((r) => r.id === id)) return { code: 'RuleNotFound', field: 'RuleId', value: id };
  return rules.map((r) => (r.id === id ? { ...rule, id } : r));
}

function readRule(node: XmlNode | undefined): Omit<RuleRecord, 'id'> {
  const content = (name: string) => {
    const found = child(node, name);
    return found ? ruleContent(found) : '';
  };
  return {
    name: textOf(node, 'DisplayName') ?? '',
    priority: readPriority(textOf(node, 'Priority')),
    enabled: toBoolean(textOf(node, 'IsEnabled')) ?? false,
    conditionsXml: content('Conditions'),
    exceptionsXml: content('Exceptions'),
    actionsXml: content('Actions'),
  };
}

function readPriority(text: string | undefined): number {
  const value = Number(text ?? 1);
  return Number.isInteger(value) && value > 0 && value <= 0x7fffffff ? value : 1;
}
