import { first, values } from '../domain/recipient.ts';
import type { KeysOf } from './join.ts';
import type { MatchObject } from './model.ts';
import { phoneKey } from './text.ts';

/**
 * A key that is meant to belong to one object. How far it can be trusted is learned from the data; `trust` is what is
 * assumed before that: the share of objects with the same key that are the same object.
 */
export interface IdentityKey {
  name: string;
  /** What the evidence calls it. */
  label: string;
  /** Trust before the data has spoken, 0 to 1. */
  trust: number;
  /** As how many observed pairs that assumption counts. */
  certainty: number;
  /** A value with more holders on one side is no identity; undefined for keys that must be unique in a forest. */
  maxHolders?: number;
  /** Whether the key ties objects together by how directories work, so that learning cannot take its trust away. */
  hard?: boolean;
  source: KeysOf<MatchObject>;
  target: KeysOf<MatchObject>;
}

/** The telephone numbers of an object, in one form. */
export function phones(o: MatchObject): Set<string> {
  const found = new Set<string>();
  for (const name of ['telephoneNumber', 'mobile', 'homePhone', 'otherTelephone']) {
    for (const text of values(o.attributes, name)) {
      const key = phoneKey(text);
      if (key) found.add(key);
    }
  }
  return found;
}

/** A value for the evidence list, cut to what a person can read. */
export function shown(o: MatchObject, name: string): string | undefined {
  const value = first(o.attributes, name);
  return value === undefined ? undefined : value.length > 100 ? `${value.slice(0, 99)}…` : value;
}
