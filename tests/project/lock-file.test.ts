import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({
      resolved: z.string().optional(),
      optionalDependencies: z.record(z.string(), z.string()).optional(),
    }),
  ),
});
const { packages } = lockSchema.parse(
  JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'package-lock.json'), 'utf8')),
);

describe('the lock file', () => {
  it('names no download host', () => {
    const hosts = Object.values(packages).flatMap((p) => (p.resolved?.startsWith('http') ? [p.resolved] : []));
    expect(hosts).toEqual([]);
  });

  it('holds the packages of every platform, which npm drops when it updates a lock beside an installed tree', () => {
    const missing = Object.entries(packages).flatMap(([path, p]) =>
      Object.keys(p.optionalDependencies ?? {}).filter(
        (name) => !(`${path}/node_modules/${name}` in packages) && !(`node_modules/${name}` in packages),
      ),
    );
    expect(missing).toEqual([]);
  });
});
