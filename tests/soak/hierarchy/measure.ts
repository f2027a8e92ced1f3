import { shareOut, type Weighed, weightOf } from '../../../core/domain/folder-shares.ts';
import { scanPublicFolders } from '../../../core/plan/folders/scan.ts';
import { subtrees } from '../../../core/plan/folders/subtrees.ts';
import { eachFolderStat } from '../../../core/store/public-folder-stats.ts';
import { World } from '../../migrate/world.ts';
import { alive, megabytes } from './alive.ts';
import { measureMaking } from './make.ts';

/** Bytes by which what is alive may grow from a tenth of the tree to its end, for each folder. */
const MOST_BYTES_A_FOLDER = 200;
/** Calls for each folder: many subfolders come in one answer, and many parents are asked for in one call. */
const MOST_CALLS_A_FOLDER = 0.1;
const SHARES = 32;

const folders = Number(process.argv[2] ?? 100_000);
const say = (text: string) => process.stderr.write(`${text}\n`);

const world = await World.start({ users: 1, separate: true, lab: { folders, items: Math.ceil(folders / 10) } });
try {
  say('the tree is there');
  const source = world.publicFolders('source');
  const before = alive();
  let atTenth = 0;
  let most = 0;
  const scan = await scanPublicFolders(world.store, source, {
    onProgress: (found) => {
      const now = alive() - before;
      most = Math.max(most, now);
      if (found <= folders / 10 + 1_000) atTenth = now;
    },
  });
  const growth = alive() - before;
  say(`${scan.folders} folders in ${Math.round(scan.tookMs / 1000)} s and ${source.calls} calls`);
  const weighed: Weighed[] = [];
  let id = 0;
  for await (const { path, items, bytes } of eachFolderStat(world.store, scan.scan))
    weighed.push({ id: id++, path, items, bytes });
  const started = performance.now();
  const shares = shareOut(weighed, SHARES);
  const sharedMs = performance.now() - started;
  const weights = shares.map((share) =>
    share.reduce((sum, one) => sum + weightOf(weighed[one] ?? { items: 0, bytes: 0 }), 0),
  );
  const mean = weights.reduce((sum, one) => sum + one, 0) / weights.length;
  const heaviest = Math.max(...weights) / mean;
  const tops = await subtrees(world.store);
  const figures = {
    folders: scan.folders,
    calls: source.calls,
    seconds: Math.round(scan.tookMs / 100) / 10,
    aliveMbAtTenth: megabytes(atTenth),
    aliveMbAtMost: megabytes(most),
    aliveMbAfter: megabytes(growth),
    shares: shares.length,
    heaviestShareOfMean: Math.round(heaviest * 1000) / 1000,
    sharedOutMs: Math.round(sharedMs),
    subtrees: tops.length,
  };
  const findings = [
    ...(scan.folders === folders + 1 ? [] : [`${scan.folders} folders were found of ${folders} and the root`]),
    ...(most - atTenth <= folders * MOST_BYTES_A_FOLDER ? [] : ['memory grows with the tree']),
    ...(source.calls <= folders * MOST_CALLS_A_FOLDER + 100 ? [] : ['too many calls']),
    ...(new Set(shares.flat()).size === weighed.length ? [] : ['shares do not cover the tree']),
    ...(heaviest < 1.1 ? [] : ['shares are uneven']),
  ];
  weighed.length = 0;
  shares.length = 0;
  const made = await measureMaking(world, folders, say);
  const all = { figures: { ...figures, ...made.figures }, findings: [...findings, ...made.findings] };
  process.stdout.write(JSON.stringify(all));
} finally {
  await world.close();
}
