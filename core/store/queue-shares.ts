/** For so long, ms, a share is left to workers that hold none of its tree: idle ones look into the queue every two seconds. */
export const LEFT_TO_OTHERS_MS = 5_000;
/** A worker shows itself every few seconds; one that was not seen for so long, ms, takes nothing. */
const SEEN_WITHIN_MS = 15_000;

/**
 * Condition on a row of `task`: it is a share of a tree of which this machine holds one, or is to take one first, and other
 * workers have not had the time to take it. Without it the worker whose task shared the tree out, which asks for work in
 * the same moment, would take as many shares as it may run at a time, while others stand idle.
 * @param now the time, as SQL @param machineId the machine that asks, as SQL
 */
export function leftToOthers(now: string, machineId: string): string {
  return `task.kind = 'sync' AND task.run_after > ${now} - ${LEFT_TO_OTHERS_MS}
    AND EXISTS (SELECT 1 FROM task AS mine WHERE mine.workload_id = task.workload_id AND mine.kind = 'sync' AND
      (mine.state = 'leased' AND mine.machine_id = ${machineId}
        OR mine.state = 'ready' AND mine.run_after <= ${now} AND mine.id < task.id))
    AND EXISTS (SELECT 1 FROM machine AS other WHERE other.id <> ${machineId} AND other.kind = 'worker'
      AND other.state = 'approved' AND other.last_seen > ${now} - ${SEEN_WITHIN_MS})`;
}
