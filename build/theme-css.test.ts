import { expect, it } from 'vitest';
import { themeSheet } from './theme-css.ts';

it('gives the variables of both schemes, and the dark ones where only the system says so', async () => {
  const sheet = await themeSheet();
  expect(sheet).toContain('--mui-palette-states-inSync:#1c6b50');
  expect(sheet).toContain('--mui-spacing:4px');
  expect(sheet).toMatch(/\[data-scheme="dark"\]\{color-scheme:dark;[^}]*--mui-palette-background-default:#121614/);
  expect(sheet).toMatch(/prefers-color-scheme:dark\)\{:root:not\(\[data-scheme\]\)\{color-scheme:dark;/);
});
