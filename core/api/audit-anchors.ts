import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { AuditAnchor } from '../store/audit.ts';
import { dataFolder } from './paths.ts';

const anchorsSchema = z.array(z.object({ id: z.int(), hash: z.string() }));
const ANCHORS_KEPT = 50;

/** One file a database: what this machine saw as the last entry of its audit log, at each verification that held. */
function fileOf(databaseUrl: string): string {
  const name = createHash('sha256').update(databaseUrl).digest('hex').slice(0, 16);
  return join(dataFolder(), 'audit', `${name}.json`);
}

export async function readAnchors(databaseUrl: string): Promise<AuditAnchor[]> {
  try {
    return anchorsSchema.parse(JSON.parse(await readFile(fileOf(databaseUrl), 'utf8')));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

export async function noteAnchor(databaseUrl: string, head: AuditAnchor): Promise<void> {
  const known = (await readAnchors(databaseUrl)).filter(({ id }) => id !== head.id);
  const file = fileOf(databaseUrl);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const partial = `${file}.${process.pid}`;
  await writeFile(partial, JSON.stringify([...known, head].slice(-ANCHORS_KEPT)), { mode: 0o600 });
  await rename(partial, file);
}
