import { afterAll, beforeAll, expect, it } from 'vitest';
import { LdifProject, mailbox } from '../tests/directory/ldif-project.ts';
import { type ConsoleServer, serveConsole } from './console-server.ts';

let project: LdifProject;
let server: ConsoleServer;
beforeAll(async () => {
  project = await LdifProject.open([mailbox('Bob Kern', 'source')], [mailbox('Bob Kern', 'target')]);
  const { store, folder } = project;
  const keyring = () => Promise.reject(new Error('no key was expected to be asked for'));
  server = await serveConsole(
    {
      rendererFolder: folder,
      context: (correlation) => ({ store, actor: { user: 'tester', host: 'here' }, correlation, keyring }),
    },
    0,
  );
});
afterAll(async () => {
  await server?.close();
  await project?.close();
});

it('takes a reviewed file of a hundred thousand matches, and says of one beyond all measure that it is too long', async () => {
  const entered = await fetch(server.url, { redirect: 'manual' });
  const cookie = entered.headers.get('set-cookie')?.split(';')[0] ?? '';
  const send = async (rows: number) => {
    const answer = await fetch(`${new URL(server.url).origin}/api/match.importText`, {
      method: 'POST',
      headers: { cookie, 'content-type': 'application/json', 'x-transplant-call': '1' },
      body: JSON.stringify({ content: `${'x'.repeat(149)}\n`.repeat(rows) }),
    });
    return { status: answer.status, said: await answer.text() };
  };
  // It was read: what is wrong is its columns.
  expect((await send(100_000)).said).toMatch(/column/i);
  expect((await send(500_000)).said).toContain('PAYLOAD_TOO_LARGE');
});
