import type { Store } from '../../core/store/store.ts';
import { makeExecute } from '../../worker/execute.ts';
import { runWorker } from '../../worker/run.ts';

/** A real worker whose process is killed at the nth time its tasks ask for the database's clock, as if the power went. */
const [url = '', name = '', deathAt = '0'] = process.argv.slice(2);
let left = Number(deathAt);

function mortal(store: Store): Store {
  return new Proxy(store, {
    get(behind, key) {
      const value: unknown = Reflect.get(behind, key, behind);
      if (key !== 'now' || typeof value !== 'function') return typeof value === 'function' ? value.bind(behind) : value;
      return (...args: unknown[]) => {
        left -= 1;
        if (left === 0) process.kill(process.pid, 'SIGKILL');
        return Reflect.apply(value, behind, args);
      };
    },
  });
}

await runWorker({
  url,
  name,
  concurrency: 1,
  untilIdle: true,
  leaseMs: 1_500,
  signal: new AbortController().signal,
  say: () => undefined,
  execute: (worker) => makeExecute({ ...worker, store: mortal(worker.store) }),
});
