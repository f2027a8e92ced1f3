const plural = (count: number, one: string, many: string) => (count === 1 ? one : many);

export const overviewTexts = {
  title: 'Overview',
  sentence: (f: {
    running: number;
    remaining: string;
    rate: string | undefined;
    end: string | undefined;
    range: string | undefined;
    planned: number;
    done: number;
    empty: boolean;
  }) => {
    if (f.empty) return 'Nothing is set up yet. The steps below lead from the first connection to the first batch.';
    if (f.running === 0) {
      if (f.planned > 0)
        return `Nothing is running. ${f.planned} ${plural(f.planned, 'batch is', 'batches are')} planned.`;
      return f.done > 0 ? 'Nothing is running; every batch is done.' : 'Nothing is running; there is no batch yet.';
    }
    const pace = f.rate === undefined ? '' : ` at ${f.rate}`;
    const end = f.end === undefined ? '' : `, done about ${f.end}${f.range === undefined ? '' : ` (${f.range})`}`;
    return `${f.running} ${plural(f.running, 'batch is', 'batches are')} running${pace}, ${f.remaining} items left${end}.`;
  },
  range: (early: string, late: string | undefined) =>
    late === undefined ? `${early} at the earliest` : `between ${early} and ${late}`,
  throughput: 'Throughput of the last hour',
  itemsAMinute: 'Items a minute',
  perMinute: (items: string) => `${items} items a minute`,
  noThroughput: 'Nothing was copied in the last hour.',
  forYou: 'Waits for you',
  nothingWaits: 'Nothing waits for a decision.',
  waiting: {
    conflicts: (n: string) =>
      `${plural(Number(n), '1 source object has', `${n} source objects have`)} several targets that fit`,
    unprepared: (n: string) =>
      `${plural(Number(n), '1 object was', `${n} objects were`)} matched after the target was prepared`,
    reviews: (n: string) => `${n} matches are likely but not certain`,
    blocking: (n: string) => `${n} checks failed that a batch must not start with`,
    decisions: (n: string) => `${n} members of batches need a decision or failed`,
    badItems: (n: string) => `${n} items could not be copied`,
    machines: (n: string) => `${n} machines ask to be let in`,
  },
  open: {
    conflicts: 'Decide',
    unprepared: 'Plan again',
    reviews: 'Look through',
    blocking: 'Open preflight',
    decisions: 'Open batches',
    badItems: 'Open reports',
    machines: 'Compare and approve',
  },
  batches: 'Batches',
  noBatches: 'There is no batch yet.',
  planBatches: 'Plan batches',
  workers: 'Workers',
  allWorkers: 'All workers',
  allBatches: 'All batches',
  noWorkers: 'No worker has enrolled yet. Start one on this or another machine:',
  workerCommand: 'transplant worker run',
  away: 'does not answer',
  idle: 'idle',
  audit: 'Last entries of the audit log',
  noAudit: 'Nobody has changed anything yet.',
  allAudit: 'Audit log',
  setUp: 'Set up',
};
