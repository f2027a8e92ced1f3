import { override } from '../../../core/exchange/override.ts';
import type { World } from '../../migrate/world.ts';
import { alive, type Measured, megabytes } from './alive.ts';

/** What the task may keep alive whatever the size of the tree, bytes, and for each of its folders. */
const MOST_BYTES = 14e6;
const MOST_BYTES_A_FOLDER = 60;
/** Calls to both sides for each folder: one makes all folders below one parent. */
const MOST_CALLS_A_FOLDER = 0.5;

/**
 * A hierarchy task that makes the whole tree in the target, and a second one that finds all of it in place: what is alive
 * at a tenth, in the middle and at the end, and calls.
 */
export async function measureMaking(world: World, folders: number, say: (text: string) => void): Promise<Measured> {
  await world.batch({ permissions: false }, [], '/');
  const passes = { made: await pass(world, folders, say), again: await pass(world, folders, say) };
  const figures: Record<string, number> = {};
  const findings: string[] = [];
  for (const [name, { result, calls, seconds, at }] of Object.entries(passes)) {
    Object.assign(figures, {
      [`${name}Folders`]: result.folders,
      [`${name}Seconds`]: seconds,
      [`${name}Calls`]: calls,
      [`${name}CallsAFolder`]: Math.round((calls / folders) * 1_000) / 1_000,
      [`${name}AliveMbAtTenth`]: megabytes(at.tenth),
      [`${name}AliveMbAtHalf`]: megabytes(at.half),
      [`${name}AliveMbAtEnd`]: megabytes(at.end),
    });
    if (result.folders !== folders + 1) findings.push(`${name}: ${result.folders} folders of ${folders} and the root`);
    const most = Math.max(...Object.values(at));
    if (most > MOST_BYTES + folders * MOST_BYTES_A_FOLDER) findings.push(`${name}: memory grows with the tree`);
    if (calls > folders * MOST_CALLS_A_FOLDER + 100) findings.push(`${name}: too many calls`);
  }
  const { again } = passes;
  if (again.result.created + again.result.renamed + again.result.moved + again.result.removed > 0)
    findings.push(`the second run wrote: ${JSON.stringify(again.result)}`);
  return { figures, findings };
}

async function pass(world: World, folders: number, say: (text: string) => void) {
  const before = alive();
  const at = { tenth: 0, half: 0, end: 0 };
  let seen = 0;
  const boxes = new Set<{ calls: number }>();
  world.wrap = (store, role) => {
    boxes.add(store);
    if (role !== 'source') return store;
    return override(store, {
      async *folders(root, options) {
        for await (const folder of store.folders(root, options)) {
          yield folder;
          seen++;
          // The last of a group was asked for when the group before it was through.
          if (seen === Math.ceil(folders / 10)) at.tenth = alive() - before;
          if (seen === Math.ceil(folders / 2)) at.half = alive() - before;
          if (seen === folders) at.end = alive() - before;
        }
      },
    });
  };
  const started = performance.now();
  const result = await world.hierarchy();
  const calls = [...boxes].reduce((sum, box) => sum + box.calls, 0);
  const seconds = Math.round((performance.now() - started) / 100) / 10;
  say(`${result.folders} folders, ${result.created} made, in ${seconds} s and ${calls} calls`);
  world.wrap = (store) => store;
  return { result, calls, seconds, at };
}
