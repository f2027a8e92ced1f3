import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { writerOfForest } from '../../core/api/adapters.ts';
import { runProvisionTask } from '../../core/plan/prepare/provision.ts';
import { openKeyring } from '../../core/store/keyring.ts';
import { loadMachineKey } from '../../core/store/machine-key.ts';
import { findMachine } from '../../core/store/machines.ts';
import { openStore } from '../../core/store/open.ts';
import { claim } from '../../core/store/queue.ts';
import { Facts } from '../../worker/facts.ts';
import { dyingAfter } from './dying-writer.ts';

/**
 * A worker that claims the provisioning task once it is approved, and is killed by the system after so many writes to the
 * directory: between a write and its note of it.
 */
const settings = z
  .object({ url: z.string(), folder: z.string(), name: z.string(), after: z.number(), leaseMs: z.number() })
  .parse(JSON.parse(process.argv[2] ?? '{}'));

const store = await openStore(settings.url);
const key = await loadMachineKey(`${settings.folder}/${settings.name}.pem`, () => {});
const { keyring, machine } = await openKeyring(store, key, {
  name: settings.name,
  kind: 'worker',
  version: '0',
  facts: new Facts(settings.folder).read(0),
});
while ((await findMachine(store, machine.id))?.state !== 'approved') await sleep(50);
const [task] = await claim(store, { machineId: machine.id, max: 1, leaseMs: settings.leaseMs, kinds: ['provision'] });
if (!task) throw new Error('there is no task');
await runProvisionTask({
  store,
  claim: task,
  signal: new AbortController().signal,
  guard: () => {},
  host: 'here',
  openWriter: async (forestId) => {
    const writer = await writerOfForest({ store, keyring: async () => keyring }, forestId);
    return dyingAfter(settings.after, writer);
  },
});
