import { Engine } from '../../core/rationalize/engine.ts';
import type { Objects } from '../../core/rationalize/model.ts';
import { matchObject } from '../../core/rationalize/objects.ts';
import { roomFor } from '../../core/rationalize/packed.ts';
import { person } from './people.ts';

/** Matches as many people on each side as the argument says; tells how long that took and the most memory it had. */
const count = Number(process.argv[2]);
const people = (side: 'source' | 'target'): Objects => {
  const list = roomFor(2 * count);
  for (let n = 0; n < count; n++) list.push(matchObject(person(side, n)));
  return list;
};
const engine = new Engine(people('source'), people('target'));
const loadedMB = Math.round(process.memoryUsage.rss() / 2 ** 20);
const started = performance.now();
let matched = 0;
for (const outcome of engine.run()) if (outcome.state === 'matched') matched++;
const seconds = Math.round((performance.now() - started) / 100) / 10;
// maxRSS is in kilobytes.
const peakGB = Math.round((process.resourceUsage().maxRSS / 2 ** 20) * 100) / 100;
process.stdout.write(`${JSON.stringify({ seconds, peakGB, matched, loadedMB })}\n`);
