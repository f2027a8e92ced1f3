import { readdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { BenchRun } from './bench.ts';

/** npm run bench -- NAME [--json FILE]: one benchmark; ends with its figures and ratios as one JSON document. */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: 'string' } } });
  const [name] = positionals;
  const benches = readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith('.bench.ts'))
    .map((file) => file.replace('.bench.ts', ''));
  if (!name || !benches.includes(name)) {
    process.stderr.write(`Name one of: ${benches.join(', ')}\n`);
    return 2;
  }
  const { run } = (await import(`./${name}.bench.ts`)) as { run: BenchRun };
  const result = await run({ progress: (text) => void process.stderr.write(`${text}\n`) });
  const text = JSON.stringify(result);
  if (values.json !== undefined) writeFileSync(values.json, `${text}\n`);
  process.stdout.write(`${text}\n`);
  return 0;
}

process.exitCode = await main();
