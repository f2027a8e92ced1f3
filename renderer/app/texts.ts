import { createContext, useContext } from 'react';
import { batchTexts } from './texts/batch.ts';
import { frameTexts } from './texts/frame.ts';

/**
 * Every text of the console, in one catalogue; a second language is a second object of the same type. Texts with figures
 * are functions, so that a language can order its words as it likes.
 */
export const en = {
  frame: frameTexts,
  batch: batchTexts,
};
export type Texts = typeof en;

export const TextsContext = createContext<Texts>(en);

/** The texts of the language in use. */
export function useTexts(): Texts {
  return useContext(TextsContext);
}
