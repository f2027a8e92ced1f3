import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { TransplantError } from '../core/domain/errors.ts';

/** The console's pages are neither built nor can they be built here. */
export class RendererMissingError extends TransplantError {}

const root = join(import.meta.dirname, '..');

/**
 * The folder of the built pages. In a checkout they are built on first use, and again when a source is newer; an
 * installed program brings them.
 */
export async function rendererFolder(say: (text: string) => void): Promise<string> {
  // Beside the bundle (dist/cli/main.js) in an installed program, below dist/ in a checkout.
  const beside = join(import.meta.dirname, '..', 'renderer');
  if (existsSync(join(beside, 'index.html')) && existsSync(join(beside, 'assets'))) return beside;
  const built = join(root, 'dist', 'renderer');
  const sources = join(root, 'renderer');
  const page = join(built, 'index.html');
  if (!existsSync(join(sources, 'main.tsx'))) {
    throw new RendererMissingError({
      tried: 'show the console',
      happened: 'Its pages are missing from this installation.',
      next: 'Install the program again.',
    });
  }
  if (existsSync(page) && newest(sources) <= statSync(page).mtimeMs) return built;
  say('Building the pages of the console, once …');
  const { buildRenderer } = await loadBuilder();
  // Beside it and then in its place: another console that starts now reads whole pages, old or new.
  const partial = `${built}.${process.pid}`;
  await buildRenderer(partial, true);
  rmSync(built, { recursive: true, force: true });
  try {
    renameSync(partial, built);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    if (!existsSync(page)) throw error;
  }
  return built;
}

/** The builder is a development dependency: it is there in a checkout after `npm ci`. */
async function loadBuilder(): Promise<{ buildRenderer(folder: string, quiet: boolean): Promise<void> }> {
  try {
    // Not a literal: bundles of the program leave the builder out.
    const file: string = join(root, 'build', 'build.ts');
    return (await import(file)) as { buildRenderer(folder: string, quiet: boolean): Promise<void> };
  } catch (cause) {
    throw new RendererMissingError(
      {
        tried: 'build the pages of the console',
        happened: 'The builder is not installed.',
        next: 'Run "npm ci" in the project folder, with development dependencies.',
      },
      { cause },
    );
  }
}

function newest(folder: string): number {
  let latest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) latest = Math.max(latest, statSync(join(entry.parentPath, entry.name)).mtimeMs);
  }
  return latest;
}
