import { printError } from '../../cli/frame.ts';
import { databaseUrl } from '../../core/api/paths.ts';
import { runWorker } from '../../worker/run.ts';

/** A real worker whose leases are shorter than the program's, so that a test sees them end: NAME LEASE_MS. */
const [name = 'worker', leaseMs = '30000'] = process.argv.slice(2);
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
const end = runWorker({
  url: databaseUrl(undefined).url,
  name,
  concurrency: 4,
  untilIdle: false,
  leaseMs: Number(leaseMs),
  signal: stop.signal,
  say: (text) => void process.stderr.write(`${text}\n`),
});
await end.catch((error: unknown) => {
  process.exitCode = printError(error, false);
});
