import { z } from 'zod';
import type { RecipientKind } from './words.ts';

/**
 * Attribute values as text, by the schema's spelling of the name. GUIDs and SIDs are in their usual text form
 * (`S-1-5-…`), other binary values are base64.
 */
export type Attributes = Record<string, string[]>;
export const attributesSchema: z.ZodType<Attributes> = z.record(z.string(), z.array(z.string()));

export const ADDRESS_KINDS = ['smtp', 'x500', 'target', 'sip', 'x400', 'other'] as const;
/**
 * What an address is: `smtp` and `x500` (legacyExchangeDN counts as the primary X500) are what mail is delivered by,
 * `target` is where a mail user or contact forwards to.
 */
export type AddressKind = (typeof ADDRESS_KINDS)[number];

export interface RecipientAddress {
  kind: AddressKind;
  /** As it was written, without its prefix. */
  address: string;
  /** The form in which addresses are equal. */
  key: string;
  primary: boolean;
}

/** A directory object as discovery read it. */
export interface RecipientRecord {
  /** objectGUID as text; for exports without it, a GUID made from the DN. */
  guid: string;
  dn: string;
  kind: RecipientKind;
  displayName: string;
  mail: string | null;
  sam: string | null;
  upn: string | null;
  legacyDn: string | null;
  department: string | null;
  nameKey: string;
  hidden: boolean;
  deleted: boolean;
  usn: number;
  /** ms since the epoch. */
  whenChanged: number | null;
  attributes: Attributes;
  addresses: RecipientAddress[];
}

/** The first value of an attribute, if there is one. */
export function first(attributes: Attributes, name: string): string | undefined {
  return attributes[name]?.[0];
}

/** All values of an attribute; an absent one has none. */
export function values(attributes: Attributes, name: string): readonly string[] {
  return attributes[name] ?? [];
}

/** What could not be read, by object, with the reason. */
export interface DirectoryProblem {
  dn: string;
  reason: string;
}
export const problemsSchema: z.ZodType<DirectoryProblem[]> = z.array(z.object({ dn: z.string(), reason: z.string() }));
