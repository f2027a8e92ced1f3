/** What the database put on record, in its own order. */
export type HistoryEvent =
  | {
      /** A task's row changed. Written by the database itself, where it has triggers. */
      kind: 'task';
      task: number;
      fence: number;
      state: string;
      machine: number | null;
      oldFence: number;
      oldState: string;
    }
  | {
      /** A write under a claim, in one transaction with this record. */
      kind: 'write';
      task: number;
      fence: number;
      machine: number;
      what: string;
      leaseUntil: number;
      now: number;
    };

export interface LedgerEnd {
  item: string;
  state: string;
  targetId: string | null;
}

export interface Ended {
  history: readonly HistoryEvent[];
  /** Items of the source, each of which must be in the target exactly once. */
  items: readonly string[];
  target: readonly { id: string; key: string }[];
  ledger: readonly LedgerEnd[];
  openTasks: number;
  /** False where the database's clock was made to jump: then no two readings of it can be compared. */
  steadyClock: boolean;
}

export interface Verdict {
  lost: number;
  doubled: number;
  violations: number;
  findings: string[];
}

/** Reads what is left after a schedule and tells whether the guarantees held. Knows nothing of how it came about. */
export function check(ended: Ended): Verdict {
  const findings: string[] = [];
  const verdict = { lost: 0, doubled: 0, violations: 0 };
  checkHistory(ended, findings);
  verdict.violations = findings.length;
  const copies = Map.groupBy(ended.target, ({ key }) => key);
  const rows = Map.groupBy(ended.ledger, ({ item }) => item);
  for (const item of ended.items) {
    const found = copies.get(item)?.length ?? 0;
    if (found === 0) {
      verdict.lost++;
      findings.push(`item ${item} is not in the target`);
    }
    if (found > 1) {
      verdict.doubled++;
      findings.push(`item ${item} is ${found} times in the target`);
    }
    const [row, second] = rows.get(item) ?? [];
    if (row?.state !== 'done' || second) {
      verdict.violations++;
      findings.push(`the ledger says ${row?.state ?? 'nothing'} of item ${item}`);
    } else if (!copies.get(item)?.some(({ id }) => id === row.targetId)) {
      verdict.violations++;
      findings.push(`the ledger's counterpart ${row.targetId} of item ${item} is not in the target`);
    }
  }
  const known = new Set(ended.items);
  for (const key of copies.keys()) {
    if (known.has(key)) continue;
    verdict.violations++;
    findings.push(`the target has ${key}, which no source has`);
  }
  if (ended.openTasks > 0) {
    verdict.violations++;
    findings.push(`${ended.openTasks} tasks did not end`);
  }
  return { ...verdict, findings };
}

interface TaskState {
  fence: number;
  machine: number | null;
  /** Undefined where only writes are on record. */
  state: string | undefined;
}

function checkHistory({ history, steadyClock }: Ended, findings: string[]): void {
  const tasks = new Map<number, TaskState>();
  for (const event of history) {
    const known = tasks.get(event.task);
    if (event.kind === 'task') {
      const renewed = event.state === 'leased' && (event.oldState !== 'leased' || event.fence !== event.oldFence);
      if (renewed && event.fence !== event.oldFence + 1) {
        findings.push(`task ${event.task} was leased under fence ${event.fence} after ${event.oldFence}`);
      }
      if (!renewed && event.fence !== event.oldFence) {
        findings.push(`task ${event.task} changed its fence from ${event.oldFence} to ${event.fence} without a lease`);
      }
      tasks.set(event.task, { fence: event.fence, machine: event.machine, state: event.state });
      continue;
    }
    const name = `write "${event.what}" for task ${event.task} by machine ${event.machine} under fence ${event.fence}`;
    if (known?.state !== undefined && known.state !== 'leased') findings.push(`${name}: the task was ${known.state}`);
    if (known && event.fence < known.fence) findings.push(`${name}: fence ${known.fence} had been given out`);
    if (known && event.fence === known.fence && known.machine !== event.machine) {
      findings.push(`${name}: machine ${known.machine} has this fence`);
    }
    if (known?.state !== undefined && event.fence > known.fence) findings.push(`${name}: it was never given out`);
    if (steadyClock && event.now >= event.leaseUntil) {
      findings.push(`${name}: the lease had ended ${event.now - event.leaseUntil} ms before`);
    }
    if (!known || (known.state === undefined && event.fence > known.fence)) {
      tasks.set(event.task, { fence: event.fence, machine: event.machine, state: undefined });
    }
  }
}
