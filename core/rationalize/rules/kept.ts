import { type DocumentReading, readDocument, soundOrThrow } from '../../directory/document.ts';
import { keptText } from '../../store/kept-texts.ts';
import type { Store } from '../../store/store.ts';
import { builtInRules, type CompiledRules, compileRules } from './compile.ts';
import { rulesSchema } from './schema.ts';

/** Reads a file of rules, YAML or JSON; an empty one is the built-in rules. */
export function readRules(text: string): DocumentReading<CompiledRules> {
  return readDocument(text, rulesSchema, compileRules);
}

/** The rules in force, compiled. @throws UsageError when what was saved is not sound in this version */
export async function rulesInForce(store: Store): Promise<CompiledRules> {
  const kept = await keptText(store, 'match.rules');
  return kept === undefined ? builtInRules() : soundOrThrow(readRules(kept.text), 'the saved rules');
}
