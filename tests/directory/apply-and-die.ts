import { z } from 'zod';
import type { DirectoryConfig } from '../../core/directory/config.ts';
import { openWriter } from '../../core/directory/open.ts';
import { applyPlan } from '../../core/plan/prepare/apply.ts';
import { openStore } from '../../core/store/open.ts';
import { dyingAfter } from './dying-writer.ts';

/** Applies a plan and is killed by the system in the middle, between a write to the directory and its note of it. */
const settings = z
  .object({ file: z.string(), planId: z.number(), after: z.number(), configs: z.record(z.string(), z.unknown()) })
  .parse(JSON.parse(process.argv[2] ?? '{}'));

const store = await openStore(`sqlite:${settings.file}`);
await applyPlan(
  store,
  settings.planId,
  async (forestId) => {
    const writer = await openWriter(settings.configs[forestId] as DirectoryConfig);
    return dyingAfter(settings.after, writer);
  },
  { who: 'tester', host: 'here', correlation: 'c' },
);
