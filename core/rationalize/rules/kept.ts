import { z } from 'zod';
import { readSetting, writeSetting } from '../../store/settings.ts';
import type { Store } from '../../store/store.ts';
import { builtInRules, type CompiledRules, compileRules } from './compile.ts';
import { type RulesReading, readDocument, soundOrThrow } from './read.ts';
import { rulesSchema } from './schema.ts';

const NAME = 'match.rules';

/** Text of rules as a person wrote it, remarks and all, with who saved it and when. */
export const keptTextSchema = z.object({ text: z.string(), savedBy: z.string(), savedAt: z.int() });
export type KeptText = z.infer<typeof keptTextSchema>;

/** Reads a file of rules, YAML or JSON; an empty one is the built-in rules. */
export function readRules(text: string): RulesReading<CompiledRules> {
  return readDocument(text, rulesSchema, compileRules);
}

/** The rules that were saved last; undefined when the built-in ones alone are in force. */
export async function keptRules(store: Store): Promise<KeptText | undefined> {
  return (await readSetting(store, NAME, keptTextSchema.nullable())) ?? undefined;
}

/** Saves rules for every run from now on, or with undefined goes back to the built-in ones. */
export async function keepRules(store: Store, text: string | undefined, who: string): Promise<void> {
  const value = text === undefined ? null : { text, savedBy: who, savedAt: await store.now() };
  await writeSetting(store, NAME, value);
}

/** The rules in force, compiled. @throws UsageError when what was saved is not sound in this version */
export async function rulesInForce(store: Store): Promise<CompiledRules> {
  const kept = await keptRules(store);
  return kept === undefined ? builtInRules() : soundOrThrow(readRules(kept.text), 'the saved rules');
}
