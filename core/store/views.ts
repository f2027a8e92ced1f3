import { z } from 'zod';
import { nameKey } from '../domain/name-key.ts';
import { readSetting, writeSetting } from './settings.ts';
import type { Store } from './store.ts';

/** A list as somebody wants to see it again: what stands in its address. */
export const savedViewSchema = z.object({
  name: z.string().trim().min(1).max(60),
  search: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});
export type SavedView = z.infer<typeof savedViewSchema>;

const listSchema = z.object({
  views: z.array(savedViewSchema).max(100).default([]),
  /** Columns that are shown, in their order; none chosen means those of the program. */
  columns: z.array(z.string().max(60)).max(60).optional(),
});
export type ListView = z.infer<typeof listSchema>;

/** Kept by person and list; the list's name is ours, the person's may be of any length. */
const keyOf = (user: string, list: string) => `view:${list}:${nameKey(user).slice(0, 120)}`;

export async function readListView(store: Store, user: string, list: string): Promise<ListView> {
  return (await readSetting(store, keyOf(user, list), listSchema)) ?? { views: [] };
}

export async function writeListView(store: Store, user: string, list: string, view: ListView): Promise<void> {
  await writeSetting(store, keyOf(user, list), listSchema.parse(view));
}
