import type { SoakRun } from './soak.ts';
import { runTests } from './vitest.ts';

/** The way through the console by the keyboard alone (tests/browser/journey); a step that cannot be done is a violation. */
export const run: SoakRun = ({ progress }) =>
  runTests('keys', 'tests/browser/journey', { TRANSPLANT_JOURNEY: 'keys' }, progress);
