import type { Finding } from '../../domain/checks.ts';
import { formatBytes, formatDuration } from '../../domain/format.ts';
import { listMachines, type Machine } from '../../store/machines.ts';
import { type Check, failed, notApplicable, passed, REQUIREMENTS, warning } from '../check.ts';
import type { PreflightEnvironment } from '../environment.ts';

/** A machine that has not been heard of for so long (ms) counts as away. */
const AWAY_AFTER = 45_000;
const GB = 1024 ** 3;
const MEMORY = 6 * GB;
const DISK = 4 * GB;

/** Whether the machines that do the copying are there and alike. What only they can see is checked by runs from them. */
export async function workerChecks(environment: PreflightEnvironment): Promise<Check[]> {
  const { store, machine: here } = environment;
  const workers = await listMachines(store, 'worker');
  const now = await store.now();
  const make = (id: string, title: string, object: string, requirement: string, judge: () => Finding): Check => ({
    id: `workers.${id}`,
    group: 'workers',
    title,
    object,
    requirement: { text: requirement, source: REQUIREMENTS.workers },
    how: 'What the worker told the database with its last sign of life.',
    blocks: false,
    run: async () => judge(),
  });
  if (workers.length === 0) {
    return [
      make('any', 'There is a worker', here, 'At least one approved worker.', () =>
        warning('no worker has enrolled', {
          text: 'Start a worker here or on another machine, and approve it.',
          script: { shell: 'transplant', where: 'the worker machine', code: 'transplant worker run' },
        }),
      ),
    ];
  }
  const newest =
    workers
      .map(({ version }) => version)
      .sort()
      .at(-1) ?? '';
  return workers.flatMap((worker) => [
    make(
      'present',
      'The worker is approved and answers',
      worker.name,
      'Approved, and heard of within the last minute.',
      () => judgePresent(worker, now),
    ),
    make(
      'version',
      'The worker runs the same version',
      worker.name,
      'All machines run one version of the program.',
      () =>
        worker.version === newest
          ? passed(`version ${worker.version}`)
          : failed(`version ${worker.version}, others run ${newest}`, {
              text: `Install version ${newest} on ${worker.name}.`,
            }),
    ),
    make(
      'machine',
      'The worker’s machine is large enough',
      worker.name,
      '4 cores, 6 GB of memory, 4 GB of free disk.',
      () => judgeMachine(worker),
    ),
  ]);
}

function judgePresent({ name, state, lastSeen }: Machine, now: number): Finding {
  const evidence = `${state}, last heard of ${formatDuration(Math.max(0, now - lastSeen))} ago`;
  if (state === 'waiting') {
    return warning(evidence, {
      text: 'Compare the fingerprint that the worker shows, then approve it.',
      script: { shell: 'transplant', where: 'this machine', code: `transplant worker approve ${name}` },
    });
  }
  if (state === 'draining') return warning(evidence, { text: 'It claims no task; let it work again, or remove it.' });
  if (now - lastSeen > AWAY_AFTER)
    return warning(evidence, { text: `Start the worker on ${name} again, and look at its log.` });
  return passed(evidence);
}

function judgeMachine({ facts }: Machine): Finding {
  const { cores, memoryTotal, diskFree } = facts;
  if (cores === undefined && memoryTotal === undefined && diskFree === undefined)
    return notApplicable('the worker has told nothing of its machine');
  const evidence = [
    cores === undefined ? undefined : `${cores} cores`,
    memoryTotal === undefined ? undefined : `${formatBytes(memoryTotal)} of memory`,
    diskFree === undefined ? undefined : `${formatBytes(diskFree)} of disk free`,
  ].filter((text) => text !== undefined);
  const small = [
    ...(cores !== undefined && cores < 4 ? ['cores'] : []),
    // Firmware keeps some: a machine that was given 6 GB shows a little less.
    ...(memoryTotal !== undefined && memoryTotal < MEMORY * 0.94 ? ['memory'] : []),
    ...(diskFree !== undefined && diskFree < DISK ? ['disk'] : []),
  ];
  if (small.length === 0) return passed(...evidence);
  return warning(evidence, {
    text: `Below what the document asks for: ${small.join(', ')}. Run the checks from there for more: transplant preflight run --from NAME`,
  });
}
