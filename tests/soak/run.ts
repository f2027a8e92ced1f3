import { readdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { SoakRun } from './soak.ts';

/** npm run soak -- NAME [--seeds N] [--from SEED] [--on sqlite|mssql] [--json FILE]: one long suite; exit 0 only when nothing was found. */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { seeds: { type: 'string' }, from: { type: 'string' }, on: { type: 'string' }, json: { type: 'string' } },
  });
  const [name] = positionals;
  const suites = readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith('.suite.ts'))
    .map((file) => file.replace('.suite.ts', ''));
  if (!name || !suites.includes(name)) {
    process.stderr.write(`Name one of: ${suites.join(', ')}\n`);
    return 2;
  }
  const { run } = (await import(`./${name}.suite.ts`)) as { run: SoakRun };
  const result = await run({
    ...(values.seeds !== undefined && { seeds: Number(values.seeds) }),
    ...(values.from !== undefined && { from: Number(values.from) }),
    ...(values.on !== undefined && { on: values.on === 'mssql' ? 'mssql' : 'sqlite' }),
    progress: (text) => void process.stderr.write(`${text}\n`),
  });
  const text = JSON.stringify(result);
  if (values.json !== undefined) writeFileSync(values.json, `${text}\n`);
  process.stdout.write(`${text}\n`);
  return result.lost + result.doubled + result.violations === 0 ? 0 : 1;
}

process.exitCode = await main();
