import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import type { drawFirstScreen } from './first-screen.ts';

type Drawn = Awaited<ReturnType<typeof drawFirstScreen>>;

it('draws the frame and the first screen as the console does, with nothing that can be pressed or that the policy forbids', () => {
  // In a process of its own, as it is built: a test runner loads the component library twice.
  const module = pathToFileURL(join(import.meta.dirname, 'first-screen.ts')).href;
  const renderer = join(import.meta.dirname, '..', 'renderer');
  const program = `import { drawFirstScreen } from '${module}';
    process.stdout.write(JSON.stringify(await drawFirstScreen(${JSON.stringify(renderer)})));`;
  const env = { ...process.env, NODE_ENV: 'production' };
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', program], { env, encoding: 'utf8' });
  const { html, css } = JSON.parse(said) as Drawn;
  expect(html).toMatch(/^<div inert class="t-/);
  for (const place of ['Overview', 'Forests', 'Batches', 'Settings']) expect(html).toContain(`>${place}</span>`);
  expect(html).toMatch(/<h1 [^>]*><bdi>Overview<\/bdi>/);
  expect(html).toMatch(/<main .*role="status"/);
  expect(html).not.toMatch(/ style=|<script|<style| on\w+=/);
  const [, frame] = /^<div inert class="(t-[\w-]+)"/.exec(html) ?? [];
  expect(css).toContain(`.${frame}{display:grid;`);
});
