import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { endpointOf } from '../../core/domain/forest.ts';
import { listEndpointLimits } from '../../core/store/limits.ts';
import type { FaultPlanInput } from '../../lab/faults.ts';
import { Migration } from '../support/migration.ts';
import { emptyDatabase, testDialects } from '../support/stores.ts';

/** Two worker processes at one server: what is limited or told to one of them holds for both (docs/queue.md). */

const LIMIT = 6;
const PAUSE_MS = 6_000;
/** The others look once a second; what is beyond that allows for a slow machine. */
const HEARD_MS = 3_000;

const FAULTS: FaultPlanInput = {
  rules: [
    { organisation: 'source', operation: ['ExportItems', 'SyncFolderItems'], fault: { kind: 'latency', ms: 400 } },
    {
      organisation: 'source',
      operation: 'ExportItems',
      skip: 20,
      count: 1,
      fault: { kind: 'busy', backOffMs: PAUSE_MS },
    },
  ],
};

interface Request {
  at: number;
  pid: number;
}

/** Which of these processes a connection to this machine comes from, by its port. Linux alone tells. */
function ownerOf(port: number, pids: readonly number[]): number {
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const line = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((text) => text.trim().split(/\s+/))
    .find(([, address]) => address === local);
  const socket = `socket:[${line?.[9]}]`;
  const holds = (pid: number) =>
    readdirSync(`/proc/${pid}/fd`).some((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`) === socket;
      } catch {
        return false;
      }
    });
  return pids.find(holds) ?? 0;
}

/** Listens to what the source's EWS front is asked. The steps of an NTLM handshake have no content. */
function listen(port: number, pids: readonly number[]) {
  const requests: Request[] = [];
  const owners = new Map<number, number>();
  let atOnce = 0;
  const onStart = (message: unknown) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    if (request.socket.localPort !== port || request.headers['content-length'] === '0') return;
    const from = request.socket.remotePort ?? 0;
    const pid = owners.get(from) || ownerOf(from, pids);
    owners.set(from, pid);
    requests.push({ at: Date.now(), pid });
    atOnce++;
    let over = false;
    for (const event of ['finish', 'close'] as const) {
      response.once(event, () => {
        if (!over) atOnce--;
        over = true;
      });
    }
  };
  subscribe('http.server.request.start', onStart);
  // Looked at after the answers that are on their way are seen to be gone: the next request may be faster than that news.
  const samples: { at: number; atOnce: number }[] = [];
  const timer = setInterval(() => setImmediate(() => samples.push({ at: Date.now(), atOnce })), 20);
  const close = () => {
    clearInterval(timer);
    unsubscribe('http.server.request.start', onStart);
  };
  return { requests, samples, close };
}

describe.skipIf(process.platform !== 'linux').each(testDialects)(
  'two worker processes at one server, on %s',
  (dialect) => {
    let project: Migration;
    let folder: string;
    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'transplant-shared-'));
      const faultsFile = join(folder, 'faults.json');
      writeFileSync(faultsFile, JSON.stringify(FAULTS));
      const url = dialect === 'mssql' ? { url: await emptyDatabase(dialect) } : {};
      project = new Migration({
        ...url,
        size: {
          users: 10,
          items: 1_500,
          folders: 6,
          faults: faultsFile,
        },
      });
      await project.prepare(0);
    }, 240_000);
    afterEach(async () => {
      await project.close();
      rmSync(folder, { recursive: true, force: true });
    });

    it('stay within its limit together, and both wait when it asks one of them to', { timeout: 240_000 }, async () => {
      const [source] = project.lab.organisations;
      const endpoint = endpointOf(source?.ewsUrl ?? '');
      await project.api.settings.setLimit({ endpoint, maxRunning: LIMIT });
      const pids = [await project.startWorker('w1'), await project.startWorker('w2')].map(({ pid }) => pid ?? 0);
      const { requests, samples, close } = listen(Number(new URL(source?.ewsUrl ?? '').port), pids);
      /** Who holds what there: whenever that changes, the parts have to be found anew. */
      const holders = async () => {
        const rows = await project.store.db
          .selectFrom('task')
          .innerJoin('workload', 'workload.id', 'task.workload_id')
          .select(['task.machine_id as machine', 'workload.kind as kind'])
          .where('task.state', '=', 'leased')
          .execute();
        const parts = new Set(rows.map(({ machine, kind }) => `${machine} ${kind}`));
        return { tasks: rows.length, parts: [...parts].sort().join() };
      };
      try {
        await project.start();
        let [most, until, parts] = [0, 0, ''];
        const changed: number[] = [];
        await project.until(async () => {
          const now = await holders();
          most = Math.max(most, now.tasks);
          if (now.parts !== parts) changed.push(Date.now());
          parts = now.parts;
          const [limit] = await listEndpointLimits(project.store);
          until = limit?.until ?? until;
          if (until === 0 && (await project.inSync())) throw new Error('the source never asked to wait');
          return until > 0 && Date.now() > until + HEARD_MS;
        });
        await project.until(() => project.inSync());
        const [one = 0, two = 0] = pids;
        const count = (from: number, to: number, pid?: number) =>
          requests.filter((each) => each.at > from && each.at < to && (pid === undefined || each.pid === pid)).length;
        expect(most).toBe(LIMIT);
        const steady = samples.filter(({ at }) => !changed.some((time) => at > time - 500 && at < time + HEARD_MS));
        expect(Math.max(...steady.map(({ atOnce }) => atOnce))).toBeGreaterThan(1);
        expect(Math.max(...steady.map(({ atOnce }) => atOnce))).toBeLessThanOrEqual(LIMIT);
        const told = until - PAUSE_MS;
        for (const pid of [one, two]) {
          expect(count(0, told, pid), `asked by ${pid} before the pause`).toBeGreaterThan(5);
          expect(count(told + HEARD_MS, until, pid), `asked by ${pid} in the pause`).toBe(0);
        }
        // What is left may be few tasks, and one of the two takes them all.
        expect(count(until, Number.POSITIVE_INFINITY)).toBeGreaterThan(5);
      } finally {
        close();
      }
      expect(await project.verdict()).toMatchObject({ verified: true, items: { missing: 0, extra: 0 } });
    });
  },
);
