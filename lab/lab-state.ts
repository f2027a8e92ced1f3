import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../core/domain/errors.ts';

/** What the lab remembers in its folder from one start to the next. */
const stateSchema = z.object({
  version: z.literal(1),
  /** What it was made with; a later start uses the same. */
  seed: z.number().int(),
  users: z.number().int(),
  items: z.number().int(),
  folders: z.number().int(),
  /** A simulated mailbox beside the others, and bytes of single large items. */
  virtual: z.object({ items: z.number().int(), bytes: z.number() }).optional(),
  largeItems: z.array(z.number().int()).optional(),
  /** False while it is being made: what a broken start leaves behind is made anew. */
  complete: z.boolean(),
  /** What became of the files of a corpus it was made with. */
  corpus: z
    .object({
      /** Files that are placed, wholly or in part. */
      used: z.number().int(),
      unparsable: z.array(z.object({ file: z.string(), why: z.string() })),
      /** Files of which a part could not be read. */
      partial: z.array(z.object({ file: z.string(), why: z.string() })),
    })
    .optional(),
  ports: z.record(
    z.string(),
    z.object({
      ews: z.number().int(),
      ldap: z.number().int(),
      globalCatalog: z.number().int(),
      smtp: z.number().int(),
      smtps: z.number().int(),
    }),
  ),
});
export type LabState = z.infer<typeof stateSchema>;
export type LabPorts = LabState['ports'][string];

const stateFile = (dir: string) => join(dir, 'lab.json');

export function readState(dir: string): LabState | undefined {
  const text = readIfThere(stateFile(dir));
  if (text === undefined) return undefined;
  const parsed = stateSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new UsageError({
    tried: `open the lab in ${dir}`,
    happened: 'Its lab.json is not of this version of Transplant.',
    next: 'Start the lab in an empty folder.',
  });
}

export function writeState(dir: string, state: LabState): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  writeWhole(stateFile(dir), `${JSON.stringify(state, null, 2)}\n`);
}

/** Forgets the objects and items of a start that did not come to its end. */
export function discardData(dir: string): void {
  for (const name of ['source', 'target']) rmSync(join(dir, name), { recursive: true, force: true });
}

/** A file whose readers see all of it or none. */
export function writeWhole(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
