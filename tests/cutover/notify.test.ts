import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_TEMPLATES } from '../../core/domain/notification.ts';
import { CutoverWorld } from './world.ts';

/** Mails to people, through the lab's mail server and the queue, as a consultant sends them. */
let world: CutoverWorld;
let addresses: string[];
beforeAll(async () => {
  world = await CutoverWorld.start({ users: 6, items: 4, folders: 2 });
  addresses = await world.batchInSync('Wave 4', 2);
}, 120_000);
afterAll(async () => {
  await world?.close();
});

const inbox = async (address: string) => {
  const found = await world.clients.source.inbox(address);
  return Array.isArray(found) ? found.filter((subject) => /moves on|zieht am|has moved/.test(subject)) : [found];
};

describe('notifications', { timeout: 120_000 }, () => {
  it('are not sent before somebody turns them on', async () => {
    await expect(world.api.notifications.send({ batch: 'Wave 4', occasion: 'before' })).rejects.toThrow(/turned off/);
  });

  it('are shown before they are sent, each in the language of its mailbox', async () => {
    const { api } = world;
    const german = {
      language: 'de',
      occasion: 'before' as const,
      subject: 'Ihr Postfach zieht am {cutoverDate} um',
      body: 'Hallo {displayName},\n\nbis dann.',
    };
    await api.notifications.save({
      ...(await api.notifications.show()),
      enabled: true,
      from: 'move@target.test',
      templates: [...DEFAULT_TEMPLATES, german],
    });
    const [one = '', two = ''] = addresses;
    const culture = async (address: string, value: string) => {
      const row = await world.store.db
        .selectFrom('recipient')
        .select(['id', 'attributes'])
        .where('mail', '=', address)
        .executeTakeFirstOrThrow();
      const attributes = { ...(JSON.parse(row.attributes) as object), msExchUserCulture: [value] };
      await world.store.db
        .updateTable('recipient')
        .set({ attributes: JSON.stringify(attributes) })
        .where('id', '=', row.id)
        .execute();
    };
    await culture(one, 'de-AT');
    await culture(two, 'nb-NO');
    await api.schedule.set({ batch: 'Wave 4', cutoverAt: '2031-03-30T02:30', timeZone: 'Europe/Vienna', hold: true });
    const { mails } = await api.notifications.plan({ batch: 'Wave 4', occasion: 'before' });
    const of = (address: string) => mails.find((mail) => mail.address === address)?.mail;
    expect(of(one)).toMatchObject({ language: 'de', subject: 'Ihr Postfach zieht am Sonntag, 30. März 2031 um' });
    expect(of(two)).toMatchObject({ language: 'en', subject: 'Your mailbox moves on Sunday, March 30, 2031' });
    expect((await api.notifications.log({ batch: 'Wave 4' })).mails).toEqual([]);
  });

  it('arrive once, however often they are sent', async () => {
    const { api } = world;
    expect(await api.notifications.send({ batch: 'Wave 4', occasion: 'before' })).toMatchObject({ queued: 2 });
    expect(await api.notifications.send({ batch: 'Wave 4', occasion: 'before' })).toMatchObject({ queued: 0 });
    await world.work();
    expect(await api.notifications.send({ batch: 'Wave 4', occasion: 'before', again: true })).toMatchObject({
      queued: 0,
    });
    await world.work();
    expect(await inbox(addresses[0] ?? '')).toEqual(['Ihr Postfach zieht am Sonntag, 30. März 2031 um']);
    expect(await inbox(addresses[1] ?? '')).toHaveLength(1);
    const { mails } = await api.notifications.log({ batch: 'Wave 4' });
    expect(mails.map(({ state, reason }) => [state, reason])).toEqual([
      ['sent', '250 2.6.0'],
      ['sent', '250 2.6.0'],
    ]);
  });

  it('that were being sent when the program died are not sent again unless somebody asks', async () => {
    const { api } = world;
    await api.notifications.send({ batch: 'Wave 4', occasion: 'after' });
    // As a worker leaves it that is killed between the server's answer and its own note.
    await world.store.db
      .updateTable('notification')
      .set({ state: 'sending' })
      .where('occasion', '=', 'after')
      .execute();
    await world.work();
    const log = () => api.notifications.log({ batch: 'Wave 4', occasion: 'after' });
    expect((await log()).mails.map(({ state }) => state)).toEqual(['unknown', 'unknown']);
    expect(await inbox(addresses[0] ?? '')).toHaveLength(1);
    expect(await api.notifications.send({ batch: 'Wave 4', occasion: 'after' })).toMatchObject({ queued: 0 });
    expect(await api.notifications.send({ batch: 'Wave 4', occasion: 'after', again: true })).toMatchObject({
      queued: 2,
    });
    await world.work();
    expect((await log()).mails.map(({ state }) => state)).toEqual(['sent', 'sent']);
  });

  it('leave no subject, no body and no password in logs', () => {
    const folder = join(world.dir, 'home', 'logs');
    const text = readdirSync(folder)
      .map((file) => readFileSync(join(folder, file), 'utf8'))
      .join('');
    expect(text).not.toMatch(/Postfach|mailbox moves|Hallo/);
    expect(text).not.toContain(world.target.serviceAccount.password);
  });
});
