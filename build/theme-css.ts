import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Plugin } from 'vite';

const NAME = 'virtual:theme.css';
/** By its place, not by `import`: what it names are types of pages, and this is no page. */
const THEME = pathToFileURL(join(import.meta.dirname, '..', 'renderer', 'app', 'theme.ts')).href;

type Rules = Record<string, Record<string, string | number>>;

/**
 * The theme's variables as a style sheet of the page, `import 'virtual:theme.css'`: the browser reads it while the program
 * is on its way, and the first picture has the colours of the system.
 */
export function themeCss(): Plugin {
  return {
    name: 'theme-css',
    resolveId: (id) => (id === NAME ? `\0${NAME}` : undefined),
    load: async (id) => (id === `\0${NAME}` ? { code: await themeSheet(), moduleType: 'css' } : undefined),
  };
}

/** What the theme provider would make in every page. Until it says which scheme is on, the system's own is. */
export async function themeSheet(): Promise<string> {
  const { makeTheme } = (await import(THEME)) as { makeTheme(): { generateStyleSheets(): Rules[] } };
  const rules = makeTheme()
    .generateStyleSheets()
    .flatMap((sheet) => Object.entries(sheet));
  const dark = rules.filter(([selector]) => selector === '[data-scheme="dark"]');
  if (dark.length === 0) throw new Error('the theme has no dark scheme');
  return [
    ...rules.map(([selector, values]) => `${selector}{${declarations(values)}}`),
    ...dark.map(
      ([, values]) => `@media (prefers-color-scheme:dark){:root:not([data-scheme]){${declarations(values)}}}`,
    ),
  ].join('\n');
}

function declarations(values: Record<string, string | number>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name === 'colorScheme' ? 'color-scheme' : name}:${value}`)
    .join(';');
}
