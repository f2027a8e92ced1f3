import { z } from 'zod';
import { readSetting, writeSetting } from './settings.ts';
import type { Store } from './store.ts';

/** What people write as text and keep with a project. */
export type KeptName = 'match.rules' | 'prepare.flow';

/** Text as a person wrote it, remarks and all, with who saved it and when (ms since the epoch). */
const keptTextSchema = z.object({ text: z.string(), savedBy: z.string(), savedAt: z.int() });
export type KeptText = z.infer<typeof keptTextSchema>;

/** The text that was saved last; undefined when there is none, or it was taken back. */
export async function keptText(store: Store, name: KeptName): Promise<KeptText | undefined> {
  return (await readSetting(store, name, keptTextSchema.nullable())) ?? undefined;
}

/** Keeps a text, or with undefined goes back to what is built in. */
export async function keepText(store: Store, name: KeptName, text: string | undefined, who: string): Promise<void> {
  await writeSetting(store, name, text === undefined ? null : { text, savedBy: who, savedAt: await store.now() });
}
