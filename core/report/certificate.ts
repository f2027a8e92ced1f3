import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { z } from 'zod';
import { GRADES } from '../domain/words.ts';
import { itemCountsSchema, type SettingFinding } from '../store/verifications.ts';
import { findingsOf, isOpenSetting, type ReportData } from './data.ts';

/** Exceptions listed in a certificate; the count says all of them, the report holds the rest. */
const EXCEPTIONS = 1_000;

export const certificateSchema = z.object({
  kind: z.literal('transplant-certificate'),
  version: z.literal(1),
  batch: z.string(),
  /** ISO 8601, UTC. */
  issuedAt: z.string(),
  issuedBy: z.string(),
  host: z.string(),
  program: z.string(),
  grade: z.enum(GRADES).nullable(),
  verified: z.boolean(),
  totals: itemCountsSchema.extend({ bytes: z.number() }),
  members: z.array(
    z.object({
      kind: z.string(),
      name: z.string(),
      source: z.string(),
      target: z.string(),
      grade: z.enum(GRADES).nullable(),
      verifiedAt: z.string().nullable(),
      items: itemCountsSchema.nullable(),
      bytes: z.number(),
      methods: z.record(z.string(), z.number()),
      /** SHA-256 over the content of all verified items in canonical form, hex. */
      contentHash: z.string(),
      /** Delegates, rules, automatic replies and the like: in place, not as they should be, listed with a reason. */
      settings: z.object({ inPlace: z.number(), open: z.number(), listed: z.number() }),
    }),
  ),
  exceptionsTotal: z.number(),
  exceptions: z.array(
    z.object({
      finding: z.string(),
      mailbox: z.string(),
      folder: z.string(),
      itemClass: z.string(),
      size: z.number(),
      sourceItem: z.string().nullable(),
      targetItem: z.string().nullable(),
      details: z.array(z.string()),
      decision: z.string(),
    }),
  ),
});
export type Certificate = z.infer<typeof certificateSchema>;

export const signedCertificateSchema = z.object({
  certificate: certificateSchema,
  signature: z.object({
    algorithm: z.literal('Ed25519'),
    /** SPKI, PEM. */
    publicKey: z.string(),
    /** SHA-256 of the public key in DER form, hex in groups of four. */
    fingerprint: z.string(),
    /** Base64. */
    value: z.string(),
  }),
});
export type SignedCertificate = z.infer<typeof signedCertificateSchema>;

export interface Issuer {
  user: string;
  host: string;
  program: string;
}

/** What a certificate says, from the newest comparison of every member. */
export function certificateOf(data: ReportData, issuer: Issuer): Certificate {
  const { bytes, ...items } = data.totals;
  const findings = findingsOf(data);
  const decided = data.badItems.filter((b) => b.state === 'accepted');
  const settings = settingExceptions(data);
  const exceptions = [
    ...findings.map((f) => ({
      finding: f.kind as string,
      mailbox: f.mailbox,
      folder: f.folder,
      itemClass: f.itemClass,
      size: f.size,
      sourceItem: f.sourceId,
      targetItem: f.targetId,
      details: f.details,
      decision: 'open',
    })),
    ...decided.map((b) => ({
      finding: 'bad',
      mailbox: b.mailbox,
      folder: b.folderPath,
      itemClass: b.itemClass,
      size: b.size,
      sourceItem: b.sourceId,
      targetItem: null,
      details: [b.reason],
      decision: `accepted by ${b.decidedBy ?? 'unknown'}`,
    })),
    ...settings,
  ];
  const total =
    data.members.reduce((sum, m) => sum + (m.verification?.result.findingsTotal ?? 0), 0) +
    decided.length +
    settings.length;
  return {
    kind: 'transplant-certificate',
    version: 1,
    batch: data.batch.name,
    issuedAt: new Date(data.takenAt).toISOString(),
    issuedBy: issuer.user,
    host: issuer.host,
    program: issuer.program,
    grade: data.grade,
    verified: data.verified,
    totals: { ...items, bytes },
    members: data.members.map((m) => ({
      kind: m.kind,
      name: m.displayName,
      source: m.sourceAddress || m.root,
      target: m.targetAddress,
      grade: m.verification?.grade ?? null,
      verifiedAt: m.verification ? new Date(m.verification.at).toISOString() : null,
      items: m.verification?.result.items ?? null,
      bytes: m.verification?.result.bytes ?? 0,
      methods: m.verification?.result.methods ?? {},
      contentHash: m.verification?.result.digest ?? '',
      settings: settingCounts(m.verification?.result.settings ?? []),
    })),
    exceptionsTotal: total,
    exceptions: exceptions.slice(0, EXCEPTIONS),
  };
}

function settingCounts(settings: SettingFinding[]) {
  return {
    inPlace: settings.filter((s) => s.outcome === 'same').length,
    open: settings.filter(isOpenSetting).length,
    listed: settings.filter((s) => s.outcome === 'cannotMove' || s.outcome === 'kept').length,
  };
}

/** Settings that are not in the target as in the source, with the reason where there is one. */
function settingExceptions(data: ReportData): Certificate['exceptions'] {
  return data.members.flatMap((m) =>
    (m.verification?.result.settings ?? [])
      .filter((s) => s.outcome !== 'same' && s.outcome !== 'note')
      .map((s) => ({
        finding: `setting ${s.outcome}`,
        mailbox: m.displayName,
        folder: s.kind,
        itemClass: s.name,
        size: 0,
        sourceItem: null,
        targetItem: null,
        details: s.reason === '' ? s.details : [s.reason],
        decision: isOpenSetting(s) ? 'open' : 'listed',
      })),
  );
}

/** JSON with its keys in order and no spaces: the bytes that are signed (RFC 8785 for what a certificate holds). */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${canonicalJson(one)}`).join(',')}}`;
}

/** A new signing key: private half as PEM. */
export function newSigningKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

export function signCertificate(certificate: Certificate, privateKeyPem: string): SignedCertificate {
  const privateKey = createPrivateKey(privateKeyPem);
  const publicKey = createPublicKey(privateKey);
  return {
    certificate,
    signature: {
      algorithm: 'Ed25519',
      publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      fingerprint: keyFingerprint(publicKey.export({ type: 'spki', format: 'der' })),
      value: sign(null, Buffer.from(canonicalJson(certificate)), privateKey).toString('base64'),
    },
  };
}

export interface SignatureVerdict {
  /** The content is what was signed by the key in the document. */
  intact: boolean;
  /** Whether that key is the expected one is for the reader: compare it with the audit log's entry. */
  fingerprint: string;
  certificate: Certificate | null;
}

/** Checks a signed certificate as it lies in a file. Never throws for what the file says. */
export function checkCertificate(json: unknown): SignatureVerdict {
  const parsed = signedCertificateSchema.safeParse(json);
  if (!parsed.success) return { intact: false, fingerprint: '', certificate: null };
  const { certificate, signature } = parsed.data;
  try {
    const publicKey = createPublicKey(signature.publicKey);
    const fingerprint = keyFingerprint(publicKey.export({ type: 'spki', format: 'der' }));
    const intact =
      publicKey.asymmetricKeyType === 'ed25519' &&
      fingerprint === signature.fingerprint &&
      verify(null, Buffer.from(canonicalJson(signedPart(json))), publicKey, Buffer.from(signature.value, 'base64'));
    return { intact, fingerprint, certificate };
  } catch {
    return { intact: false, fingerprint: '', certificate };
  }
}

/** The certificate as it lies in the file: a field that was added counts as tampering, too. */
function signedPart(json: unknown): unknown {
  return typeof json === 'object' && json !== null && 'certificate' in json ? json.certificate : null;
}

function keyFingerprint(der: Uint8Array): string {
  return (createHash('sha256').update(der).digest('hex').match(/.{4}/g) ?? []).join(' ');
}
