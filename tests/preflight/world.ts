import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { CheckGroup, CheckOutcome, CheckResult } from '../../core/domain/checks.ts';
import type { ForestConfig } from '../../core/domain/forest.ts';
import type { AccountPurpose } from '../../core/domain/words.ts';
import type { Login } from '../../core/preflight/environment.ts';
import { type PreflightRun, runPreflight } from '../../core/preflight/run.ts';
import { addForest, listForests } from '../../core/store/forests.ts';
import { openStore } from '../../core/store/open.ts';
import type { Store } from '../../core/store/store.ts';
import type { Forest as RealForest } from '../support/forests.ts';

/** Logins by forest and purpose; `any` stands for every purpose that is not named. */
export type Logins = Record<string, Partial<Record<AccountPurpose | 'any', Login>>>;

export interface World {
  store: Store;
  logins: Logins;
  run(options: { groups?: CheckGroup[]; checks?: string[]; limitMs?: number; batch?: string }): Promise<PreflightRun>;
  close(): Promise<void>;
}

/** A project with these forests in a database of its own. */
export async function makeWorld(
  forests: readonly { name: string; role: 'source' | 'target'; config: Partial<ForestConfig> }[],
  logins: Logins,
): Promise<World> {
  const store = await openStore('sqlite::memory:', { create: true });
  for (const { name, role, config } of forests) {
    await addForest(store, { name, role, config: { pins: [], smtpDomains: [], ...config } });
  }
  return {
    store,
    logins,
    run: async ({ groups = [], checks = [], limitMs = 4000, batch }) =>
      runPreflight({
        store,
        forests: await listForests(store),
        machine: 'here',
        machineKind: 'console',
        dataFolder: tmpdir(),
        limitMs,
        startedBy: 'tester',
        login: async (forest, purpose) => logins[forest.name]?.[purpose] ?? logins[forest.name]?.any,
        scope: { forests: [], groups, checks, ...(batch === undefined ? {} : { batch }) },
      }),
    close: () => store.close(),
  };
}

/** How a real Samba forest is configured. */
export function sambaConfig(forest: RealForest): Partial<ForestConfig> {
  return {
    ldapUrl: forest.url,
    gcUrl: `ldaps://${forest.host}:3269`,
    caPem: readFileSync(forest.caFile, 'utf8'),
  };
}

export function find(results: readonly CheckResult[], id: string, object = ''): CheckResult {
  const found = results.filter((one) => one.id === id && one.object.includes(object));
  const [first] = found;
  if (!first || found.length > 1) {
    throw new Error(
      `${found.length} results of ${id} ${object}: ${results.map((one) => `${one.id} ${one.object}`).join('; ')}`,
    );
  }
  return first;
}

export function outcome(results: readonly CheckResult[], id: string, object = ''): CheckOutcome {
  return find(results, id, object).finding.outcome;
}
