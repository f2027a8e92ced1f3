import { z } from 'zod';
import { FOREST_ROLES } from './words.ts';

/** SHA-256 over a certificate's DER bytes, as 64 hex digits; colons are accepted and dropped. */
export const fingerprintSchema = z
  .string()
  .transform((text) => text.replaceAll(':', '').toLowerCase())
  .pipe(z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 fingerprint has 64 hexadecimal digits'));

/** A fingerprint that is trusted at one host alone, `HOST=SHA256`, or at every server of the forest. */
export const pinSchema = z.string().transform((text, context) => {
  const [, host, digits = ''] = /^(?:([^=\s]+)=)?([0-9a-f:]+)$/i.exec(text.trim()) ?? [];
  const pin = fingerprintSchema.safeParse(digits);
  if (pin.success) return host === undefined ? pin.data : `${bareHost(host)}=${pin.data}`;
  context.addIssue('a pin is a SHA-256 fingerprint of 64 hexadecimal digits, or HOST=fingerprint');
  return z.NEVER;
});

const bareHost = (host: string) => host.replace(/^\[|\]$/g, '').toLowerCase();

/** The fingerprints, without a host, that are trusted at one host. */
export function pinsFor(pins: readonly string[], host: string): string[] {
  return pins.flatMap((pin) => {
    const at = pin.lastIndexOf('=');
    if (at < 0) return [pin];
    return pin.slice(0, at) === bareHost(host) ? [pin.slice(at + 1)] : [];
  });
}

/** Only protocols that keep what is sent to themselves: HTTP is refused; plain LDAP is upgraded by StartTLS. */
const ewsUrl = z.url({ protocol: /^https$/, error: 'the EWS address must start with https://' });
const ldapUrl = z.url({ protocol: /^ldaps?$/, error: 'the address must start with ldaps:// or ldap://' });

const proxyUrl = z
  .url({ protocol: /^http$/, error: 'the address of a proxy must start with http://' })
  .refine((text) => new URL(text).username === '', 'the credentials of a proxy belong into its account');

/** OAuth 2.0 client credentials of Microsoft Entra ID or AD FS. */
const oauthSchema = z.object({
  tenant: z.string().trim().min(1).max(200),
  credential: z.enum(['secret', 'certificate']),
  authority: z.url({ protocol: /^https$/ }).optional(),
  scope: z.string().min(1).optional(),
});

/** How a forest is reached. All of it may be missing: a forest may be read from a file alone. */
export const forestConfigSchema = z.object({
  ldapUrl: ldapUrl.optional(),
  /** Domain controllers of the same domain that stand in for the first. */
  ldapStandbys: z.array(ldapUrl).optional(),
  /** Hosts beside them that a referral may lead to. */
  referralHosts: z.array(z.string().trim().min(1).toLowerCase()).optional(),
  gcUrl: ldapUrl.optional(),
  /** An LDIF export to read instead of a directory; a path on the machine that discovers. */
  ldifFile: z.string().min(1).optional(),
  ewsUrl: ewsUrl.optional(),
  /** How the EWS address was found, where nobody gave it; `at` in ms since the epoch. */
  ewsFound: z.object({ how: z.string(), at: z.int() }).optional(),
  /** The exchange account is an application: its user name is the application's id, its password the secret or the PEM. */
  oauth: oauthSchema.optional(),
  /** HTTP proxy towards Exchange and its token endpoint; its account has the purpose `proxy`. */
  proxy: proxyUrl.optional(),
  /** Hosts that are reached directly all the same: names, .domains, networks. */
  proxyBypass: z.array(z.string().min(1)).optional(),
  smtp: z.object({ host: z.string().min(1), port: z.int().min(1).max(65_535) }).optional(),
  /** Server certificates that are accepted although no authority vouches for them. */
  pins: z.array(pinSchema).default([]),
  /** Certificates of authorities (PEM) that are accepted beside the system's; the text, so that every worker has it. */
  caPem: z.string().optional(),
  smtpDomains: z.array(z.string().min(1).toLowerCase()).default([]),
});
export type ForestConfig = z.infer<typeof forestConfigSchema>;

/** What can be taken off a forest again. */
export const CLEARABLE = [
  'ldapUrl',
  'ldapStandbys',
  'referralHosts',
  'gcUrl',
  'ldifFile',
  'ewsUrl',
  'smtp',
  'caPem',
  'proxy',
  'proxyBypass',
] as const satisfies readonly (keyof ForestConfig)[];

export const forestRoleSchema = z.enum(FOREST_ROLES);

/** What tasks and limits call a server: its host, with the port where it is not the usual one. */
export function endpointOf(url: string): string {
  return new URL(url).host.toLowerCase();
}
