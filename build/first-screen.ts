import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { build, createServer, type InlineConfig, type Plugin } from 'vite';

const STYLES = 'virtual:first-screen.css';
/** The page of the first place, beside index.html for all others (core/api/static.ts). */
const HOME = 'home.html';
const EARLY = 'early.js';
const ROOT = '<div id="root"></div>';

interface FirstScreen {
  html: string;
  css: string;
}

/**
 * The first screen as markup and style sheet of the page, drawn by the console's own code when it is built, and the small
 * program that asks for its data (renderer/early.ts): it is seen before the program has been read. Nothing of it can be
 * pressed until then (`inert`), and the program draws the same over it.
 */
export function firstScreen(from: string, target: string): Plugin {
  let drawn: Promise<FirstScreen> | undefined;
  const draw = () => {
    drawn ??= drawFirstScreen(from);
    return drawn;
  };
  return {
    name: 'first-screen',
    enforce: 'post',
    resolveId: (id) => (id === STYLES ? `\0${STYLES}` : undefined),
    load: async (id) => (id === `\0${STYLES}` ? { code: (await draw()).css, moduleType: 'css' } : undefined),
    // Before everything else and waited for: it is small, and run whenever there is time it would ask after the first picture.
    transformIndexHtml: () => [{ tag: 'script', attrs: { src: `/${EARLY}` }, injectTo: 'head-prepend' }],
    async generateBundle(_options, bundle) {
      const index = bundle['index.html'];
      if (index?.type !== 'asset' || !String(index.source).includes(ROOT)) throw new Error('the page has no root');
      const { html } = await draw();
      this.emitFile({ type: 'asset', fileName: EARLY, source: await earlyProgram(from, target) });
      this.emitFile({
        type: 'asset',
        fileName: HOME,
        source: String(index.source).replace(ROOT, () => `<div id="root">${html}</div>`),
      });
    },
  };
}

/** What first-screen.tsx draws, without what the page has no use for or its policy forbids. */
export async function drawFirstScreen(from: string): Promise<FirstScreen> {
  const server = await createServer({
    ...quiet(from),
    appType: 'custom',
    server: { middlewareMode: true, hmr: false, ws: false, watch: null },
    optimizeDeps: { noDiscovery: true, include: [] },
    plugins: [react()],
  });
  try {
    const module = (await server.ssrLoadModule('/first-screen.tsx')) as { firstScreen(): Promise<FirstScreen> };
    const { html, css } = await module.firstScreen();
    const frame = html.slice(html.indexOf('<div ')).replace('<div ', '<div inert ');
    if (/ style=|<script|<style/.test(frame))
      throw new Error('the first screen has what the policy of the page forbids');
    return { html: frame, css };
  } finally {
    await server.close();
  }
}

async function earlyProgram(from: string, target: string): Promise<string> {
  const built = await build({
    ...quiet(from),
    build: {
      write: false,
      target,
      copyPublicDir: false,
      rolldownOptions: { input: join(from, 'early.ts'), output: { format: 'iife' } },
    },
  });
  if (!('output' in built)) throw new Error('the early program was not built');
  return built.output[0].code;
}

const quiet = (root: string): InlineConfig => ({ configFile: false, mode: 'production', root, logLevel: 'silent' });
