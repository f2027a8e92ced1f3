import type { SoakRun } from './soak.ts';
import { runTests } from './vitest.ts';

/** Every step, screen and dialog of the way at three sizes in both schemes, each looked at by axe-core. */
export const run: SoakRun = ({ progress }) =>
  runTests('looks', 'tests/browser/journey', { TRANSPLANT_LOOKS: 'all' }, progress);
