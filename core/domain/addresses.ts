import type { AddressKind, RecipientAddress } from './recipient.ts';

/** A proxy address taken apart: `SMTP:anna@a.example` is a primary one, `smtp:` is not ([MS-OXOABK] 2.2.3.23). */
export interface ProxyAddress {
  prefix: string;
  kind: AddressKind;
  address: string;
  primary: boolean;
}

/** Splits `PREFIX:address`; text without a prefix but with an `@` is taken as SMTP, as old exports write it. */
export function parseProxyAddress(text: string): ProxyAddress | undefined {
  const trimmed = text.trim();
  const found = /^([A-Za-z0-9-]{1,20}):(.+)$/s.exec(trimmed);
  if (!found) {
    return trimmed.includes('@') ? { prefix: 'smtp', kind: 'smtp', address: trimmed, primary: false } : undefined;
  }
  const [, prefix = '', address = ''] = found;
  return { prefix, kind: kindOf(prefix), address: address.trim(), primary: prefix === prefix.toUpperCase() };
}

function kindOf(prefix: string): AddressKind {
  switch (prefix.toLowerCase()) {
    case 'smtp':
      return 'smtp';
    case 'x500':
    case 'ex':
      return 'x500';
    case 'sip':
      return 'sip';
    case 'x400':
      return 'x400';
    default:
      return 'other';
  }
}

/**
 * The form in which two SMTP addresses are the same: case does not count (Exchange treats the local part so too), a
 * quoted local part that needs no quotes loses them (RFC 5321 4.1.2), a domain name is in its ASCII form (RFC 5890).
 */
export function smtpKey(address: string): string {
  const text = address.trim().normalize('NFC');
  const at = text.lastIndexOf('@');
  if (at < 0) return text.toLowerCase();
  return `${localKey(text.slice(0, at))}@${domainKey(text.slice(at + 1))}`;
}

function localKey(local: string): string {
  const quoted = /^"(.*)"$/s.exec(local);
  if (!quoted) return local.toLowerCase();
  const inner = (quoted[1] ?? '').replace(/\\(.)/gs, '$1');
  const plain = /^[^\s"(),:;<>@[\\\]]+$/u.test(inner) && !/^\.|\.\.|\.$/.test(inner);
  return (plain ? inner : `"${inner}"`).toLowerCase();
}

const asciiDomains = new Map<string, string>();

/** A domain name in lower case and ASCII form; text that is no domain name stays itself. */
export function domainKey(domain: string): string {
  const lower = domain.trim().replace(/\.$/, '').toLowerCase();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: anything beyond ASCII needs the conversion
  if (/^[\x00-\x7f]*$/.test(lower)) return lower;
  const known = asciiDomains.get(lower);
  if (known !== undefined) return known;
  let ascii = lower;
  try {
    ascii = new URL(`http://${lower}/`).hostname || lower;
  } catch {
    // Not a name that could be registered: it is compared as it stands.
  }
  if (asciiDomains.size > 10_000) asciiDomains.clear();
  asciiDomains.set(lower, ascii);
  return ascii;
}

/** X500 addresses and legacyExchangeDN compare without case; stray spaces around the slashes do not count. */
export function x500Key(address: string): string {
  return address
    .trim()
    .replace(/^(?:x500|ex):/i, '')
    .replace(/\s*\/\s*/g, '/')
    .replace(/\s+/g, ' ')
    .normalize('NFC')
    .toLowerCase();
}

/** The key of an address of a kind. */
export function addressKey(kind: AddressKind, address: string): string {
  switch (kind) {
    case 'smtp':
    case 'target':
    case 'sip':
      return smtpKey(address);
    case 'x500':
      return x500Key(address);
    case 'x400':
    case 'other':
      return address.trim().toLowerCase();
  }
}

/** Whether text is an SMTP address that mail can be sent to. */
export function isSmtpAddress(address: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  return /^[^\s@\u0000-\u001f]+(?:[^@\u0000-\u001f]*[^\s@\u0000-\u001f])?@(?:[^\s@.]+\.)+[^\s@.]+$/u.test(address);
}

/** An internet address cleaned of the characters that Exchange refuses: `Atlanta/sales@a.example` is an old gateway's form. */
export function cleanSmtp(address: string): string {
  return address.trim().replace(/[/\\]/g, '').replace(/\s+/g, '');
}

/**
 * All addresses of an object, once each. legacyExchangeDN is its primary X500 address; `mail` counts as SMTP when
 * proxyAddresses do not have it.
 */
export function collectAddresses(from: {
  proxyAddresses: readonly string[];
  mail?: string | undefined;
  targetAddress?: string | undefined;
  legacyDn?: string | undefined;
}): RecipientAddress[] {
  const found = new Map<string, RecipientAddress>();
  const add = (kind: AddressKind, address: string, primary: boolean) => {
    if (address === '') return;
    const key = addressKey(kind, address);
    const id = `${kind}:${key}`;
    const known = found.get(id);
    if (!known) found.set(id, { kind, address, key, primary });
    else if (primary) known.primary = true;
  };
  if (from.legacyDn) add('x500', from.legacyDn, true);
  for (const text of from.proxyAddresses) {
    const proxy = parseProxyAddress(text);
    if (proxy) add(proxy.kind, proxy.address, proxy.kind === 'x500' ? false : proxy.primary);
  }
  if (from.mail) {
    const hasPrimary = [...found.values()].some((a) => a.kind === 'smtp' && a.primary);
    add('smtp', from.mail.trim(), !hasPrimary);
  }
  if (from.targetAddress) {
    const target = parseProxyAddress(from.targetAddress);
    if (target?.kind === 'smtp') add('target', target.address, false);
  }
  return [...found.values()];
}
