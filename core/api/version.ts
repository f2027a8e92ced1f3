import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

let known: string | undefined;

/** The program's version as its package.json says; looked for beside the bundle and upwards. */
export function programVersion(): string {
  if (known !== undefined) return known;
  let folder = import.meta.dirname;
  for (;;) {
    const found = versionIn(join(folder, 'package.json'));
    if (found !== undefined) {
      known = found;
      return found;
    }
    const parent = dirname(folder);
    if (parent === folder) return '0.0.0';
    folder = parent;
  }
}

function versionIn(file: string): string | undefined {
  try {
    const { name, version } = z
      .object({ name: z.string(), version: z.string() })
      .parse(JSON.parse(readFileSync(file, 'utf8')));
    return name === 'transplant' ? version : undefined;
  } catch {
    return undefined;
  }
}
