import { ExpressionReader, type Extras } from '../../directory/expression.ts';
import { phones } from '../identity.ts';
import type { MatchObject } from '../model.ts';

/** What a rule's expression may name beside attributes, `dn`, `ou` and `kind`. */
const EXTRAS: Extras<MatchObject> = {
  addresses: (o) => o.smtp,
  x500Addresses: (o) => o.x500,
  primary: (o) => o.mail ?? '',
  forwardsTo: (o) => o.target ?? '',
  logins: (o) => o.logins,
  phones: (o) => [...phones(o)],
  hidden: (o) => o.hidden,
};

/** The names with what they stand for, for people who write a rule. */
export const RULE_NAMES: Readonly<Record<string, string>> = {
  dn: 'the DN',
  ou: 'the DN of the container',
  kind: 'mailbox, sharedMailbox, contact, group, …',
  addresses: 'all SMTP addresses, in the form in which they are equal',
  x500Addresses: 'all X500 addresses and legacyExchangeDN, in the form in which they are equal',
  primary: 'mail, or else the first SMTP address, in the form in which it is equal',
  forwardsTo: "where a contact's or mail user's mail goes (targetAddress)",
  logins: 'logon name, alias, the part of the UPN and of addresses before the @, once each, without punctuation',
  phones: 'all telephone numbers, the last eight digits of each',
  hidden: 'whether it is hidden from address lists',
};

let reader: ExpressionReader<MatchObject> | undefined;

/** One for all rules: it is costly to make. */
export function ruleExpressions(): ExpressionReader<MatchObject> {
  reader ??= new ExpressionReader(EXTRAS);
  return reader;
}
