import { addressKey, cleanSmtp, isSmtpAddress, parseProxyAddress } from '../../domain/addresses.ts';
import { first, type RecipientRecord, values } from '../../domain/recipient.ts';
import type { TargetForest } from './target.ts';

/** The proxyAddresses a target object shall have, and what was left out. */
export interface AddressPlan {
  addresses: string[];
  /** The one SMTP address that mail is sent from; undefined when none is left. */
  primary: string | undefined;
  notes: string[];
}

const SMTP = 'smtp';

/**
 * Merges the addresses of the source into those of the target: what the target has stays, the primary too; the source's
 * follow, cleaned; then X500 for its legacyExchangeDN, so that replies to old mail find the object. An address that a
 * third object holds is left out and named: two objects with one address would make mail bounce.
 * @param holder the target object's number, or a negative one for an object that is planned
 * @param replaced numbers of objects that the target object replaces
 */
export function mergeAddresses(
  source: RecipientRecord,
  existing: readonly string[],
  extra: readonly string[],
  forest: TargetForest,
  holder: number,
  replaced: ReadonlySet<number>,
): AddressPlan {
  const notes: string[] = [];
  const found = new Map<string, string>();
  const hadPrimary = existing.some((text) => text.startsWith('SMTP:'));
  for (const text of existing) found.set(keyOf(text), text);
  const put = (text: string) => {
    const key = keyOf(text);
    if (found.has(key)) return;
    const owner = forest.holder(text);
    if (owner !== undefined && owner !== holder && !replaced.has(owner)) {
      notes.push(`${text} is held by another object of the target and was left out`);
      return;
    }
    found.set(key, text);
  };
  for (const text of sourceAddresses(source, notes)) put(hadPrimary ? text.replace(/^SMTP:/, 'smtp:') : text);
  for (const text of extra) put(text);
  const addresses = onePrimary([...found.values()], first(source.attributes, 'mail'));
  for (const text of addresses) forest.reserve(text, holder);
  return { addresses, primary: addresses.find((a) => a.startsWith('SMTP:'))?.slice('SMTP:'.length), notes };
}

function keyOf(text: string): string {
  const proxy = parseProxyAddress(text);
  if (!proxy) return text.toLowerCase();
  return `${proxy.kind === 'other' ? proxy.prefix.toLowerCase() : proxy.kind}:${addressKey(proxy.kind, proxy.address)}`;
}

/** The source's own addresses in a form that Exchange accepts, and its legacyExchangeDN as X500. */
function sourceAddresses(source: RecipientRecord, notes: string[]): string[] {
  const texts = [...values(source.attributes, 'proxyAddresses')];
  if (source.mail && !texts.some((t) => t.startsWith('SMTP:'))) texts.unshift(`SMTP:${source.mail}`);
  const found: string[] = [];
  for (const text of texts) {
    const proxy = parseProxyAddress(text);
    if (!proxy) continue;
    if (proxy.kind !== SMTP) {
      // An X400 address names the organisation it was given in; the target has another.
      if (proxy.kind === 'x500' || proxy.kind === 'sip') found.push(text);
      continue;
    }
    const clean = cleanSmtp(proxy.address);
    if (!isSmtpAddress(clean)) {
      notes.push(`${text} is no SMTP address and was left out`);
      continue;
    }
    if (clean !== proxy.address) notes.push(`${text} has characters that Exchange refuses; it becomes ${clean}`);
    found.push(`${proxy.primary ? 'SMTP' : 'smtp'}:${clean}`);
  }
  if (source.legacyDn) found.push(`X500:${source.legacyDn}`);
  return found;
}

/** Exactly one `SMTP:`: the one there is, else the one that equals mail, else the first. */
function onePrimary(addresses: readonly string[], mail: string | undefined): string[] {
  const smtp = addresses.filter((a) => /^smtp:/i.test(a));
  const chosen =
    smtp.find((a) => a.startsWith('SMTP:')) ??
    smtp.find((a) => mail !== undefined && keyOf(a) === keyOf(`smtp:${mail}`)) ??
    smtp[0];
  return addresses.map((a) => {
    if (!/^smtp:/i.test(a)) return a;
    return `${a === chosen ? 'SMTP' : 'smtp'}:${a.slice('smtp:'.length)}`;
  });
}
