import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { build, type InlineConfig, type Plugin } from 'vite';
import { firstScreen } from './first-screen.ts';
import { themeCss } from './theme-css.ts';

/** Bundles of everything that is installed: renderer, desktop shell, worker and command line, below dist/. */

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

/** The oldest browser, which the desktop shell is newer than. */
const BROWSER = 'chrome140';

/** Left to Node or Electron at run time. The SQL Server driver asks for optional native parts that we never use. */
const external = [
  'electron',
  ...builtinModules,
  ...builtinModules.map((name) => `node:${name}`),
  'msnodesqlv8',
  'msnodesqlv8/types',
];

/** The pages. Hashed names, so that a browser may keep them; no inline script, because the policy forbids it. */
export async function buildRenderer(outDir = join(dist, 'renderer'), quiet = false): Promise<void> {
  const from = join(root, 'renderer');
  await buildPages(from, outDir, quiet, { plugins: [firstScreen(from, BROWSER)] });
}

/** Pages from a folder with an index.html, as the console's own are built; benchmarks build their peers with it, from one page with another `main`. */
export async function buildPages(
  from: string,
  outDir: string,
  quiet = false,
  { main, plugins = [] }: { main?: string; plugins?: Plugin[] } = {},
): Promise<void> {
  // Whatever the caller runs in: under a test runner React's slow development build would come out.
  const before = process.env.NODE_ENV;
  process.env.NODE_ENV = 'production';
  try {
    await build({
      ...pagesConfig(from, outDir, quiet, plugins),
      ...(main !== undefined && { resolve: { alias: { '/main.tsx': main } } }),
    });
  } finally {
    if (before === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = before;
  }
}

/**
 * What the first page needs comes in two files that are read side by side: two dozen small ones take longer to ask for than
 * to read.
 */
const FIRST_PAGE = [
  {
    name: 'react',
    test: /node_modules[\\/](react|react-dom|scheduler)[\\/]/,
    tags: ['$initial' as const],
    priority: 1,
  },
  { name: 'first', tags: ['$initial' as const] },
];

function pagesConfig(from: string, outDir: string, quiet: boolean, plugins: Plugin[]): InlineConfig {
  return {
    configFile: false,
    mode: 'production',
    root: from,
    base: '/',
    logLevel: quiet ? 'silent' : 'warn',
    plugins: [react(), themeCss(), ...plugins],
    build: {
      outDir,
      emptyOutDir: true,
      target: BROWSER,
      sourcemap: false,
      modulePreload: { polyfill: false },
      assetsInlineLimit: 0,
      chunkSizeWarningLimit: 3000,
      rolldownOptions: { output: { codeSplitting: { groups: FIRST_PAGE } } },
    },
  };
}

function nodeBundle(entry: string, outDir: string, name: string, format: 'es' | 'cjs' = 'es'): InlineConfig {
  return {
    configFile: false,
    root,
    logLevel: 'warn',
    ssr: { noExternal: true, external },
    build: {
      ssr: join(root, entry),
      outDir,
      emptyOutDir: false,
      target: 'node24',
      minify: false,
      sourcemap: true,
      rolldownOptions: {
        external,
        output: { format, entryFileNames: name, chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  };
}

/** The desktop shell as electron-builder packs it: one folder with everything bundled and no node_modules. */
export async function buildDesktop(): Promise<void> {
  const app = join(dist, 'app');
  await build(nodeBundle('electron/entry.ts', join(app, 'main'), 'main.js'));
  await build(nodeBundle('electron/preload.ts', join(app, 'main'), 'preload.cjs', 'cjs'));
  // The command line, for the practice lab and its worker: a folder of its own, because both bundles have a main.js.
  await buildCommandLine(join(app, 'command'));
  cpSync(join(root, 'build', 'service', 'start.js'), join(app, 'command', 'start.js'));
  cpSync(join(dist, 'renderer'), join(app, 'renderer'), { recursive: true });
  cpSync(join(root, 'sql'), join(app, 'sql'), { recursive: true });
  const { name, version, description, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  writeFileSync(
    join(app, 'package.json'),
    JSON.stringify({ name, version, description, license, type: 'module', main: 'main/main.js' }, null, 2),
  );
}

/** The command line, which is the worker too (`transplant worker run`). */
export async function buildCommandLine(outDir = join(dist, 'cli')): Promise<void> {
  await build(nodeBundle('cli/main.ts', outDir, 'main.js'));
}

async function main(): Promise<void> {
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  if (existsSync(join(root, 'renderer', 'index.html'))) await buildRenderer();
  await buildCommandLine();
  await buildDesktop();
}

if (process.argv[1] === import.meta.filename) await main();
