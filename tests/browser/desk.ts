import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { insertMany } from '../../core/store/bulk.ts';
import { addFolderStats, finishScan } from '../../core/store/public-folder-stats.ts';
import { LdifProject, mailbox } from '../directory/ldif-project.ts';
import { ConsoleProcess, launchBrowser, Person } from './driver.ts';
import { Mouse } from './journey/hands.ts';

/** A small project, a console on it, and somebody there who writes and decides; the project's own router reads it back. */
export class Desk {
  readonly folder: string;
  readonly project: LdifProject;
  readonly person: Person;
  readonly hands: Mouse;
  readonly #console: ConsoleProcess;
  readonly #browser: Browser;

  private constructor(
    project: LdifProject,
    console_: ConsoleProcess,
    browser: Browser,
    person: Person,
    folder: string,
  ) {
    this.project = project;
    this.#console = console_;
    this.#browser = browser;
    this.person = person;
    this.hands = new Mouse(person.page);
    this.folder = folder;
  }

  static async open(): Promise<Desk> {
    const folder = mkdtempSync(join(tmpdir(), 'transplant-desk-'));
    const url = `sqlite:${join(folder, 'x.db')}`;
    const project = await makeProject(url);
    const console_ = await ConsoleProcess.start(url, join(folder, 'home'));
    const browser = await launchBrowser();
    return new Desk(project, console_, browser, await Person.at(browser, console_.url), folder);
  }

  async says(text: string | RegExp): Promise<void> {
    await this.person.page.getByText(text).first().waitFor({ timeout: 20_000 });
  }

  /** The line at the bottom says it. */
  async saved(text: string | RegExp): Promise<void> {
    await this.person.page.locator('footer').getByText(text).first().waitFor({ timeout: 20_000 });
  }

  /** Presses a button, or a line of a menu, that asks for files, and gives it some. */
  async pickFiles(button: string | [menu: string, line: string], files: string[]): Promise<void> {
    const chooser = this.person.page.waitForEvent('filechooser');
    if (typeof button === 'string') await this.hands.press(button);
    else await this.hands.pick(...button);
    await (await chooser).setFiles(files);
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.#console.stop();
    await this.project.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Four people, three of them with a counterpart, two in a batch with a subtree of public folders that was read and measured. */
async function makeProject(url: string): Promise<LdifProject> {
  const source = ['Bob Kern', 'Cleo Lund', 'Dora Maas'].map((name) => mailbox(name, 'source'));
  const target = ['Bob Kern', 'Cleo Lund', 'Dora Maas'].map((name) =>
    mailbox(name, 'target', { proxyAddresses: [`smtp:${name.toLowerCase().replace(' ', '.')}@source.example`] }),
  );
  const project = await LdifProject.open(
    [...source, mailbox('Anna Berg', 'source', { extensionAttribute3: 'HR 00815' })],
    [...target, mailbox('Annika Hansen', 'target', { employeeNumber: '815' })],
    url,
  );
  await project.api.match.run({});
  const choice = { kind: 'filter' as const, expression: 'mail!=dora*' };
  await project.api.batches.create({ name: 'Wave 1', choice, publicFolders: ['/Projects'] });
  const { store } = project;
  const [span] = await project.api.publicFolders.workloads();
  await insertMany(store, store.db, 'folder', [
    {
      workload_id: span?.id ?? 0,
      source_key: '1',
      source_id: 'folder-1',
      path: '/Projects',
      folder_class: 'IPF.Note',
      state: 'planned',
      facts: JSON.stringify({ name: 'Projects', root: '/Projects', orphans: ['gone@source.example'] }),
      items_total: 0,
      items_done: 0,
      items_bad: 0,
      bytes_done: 0,
      updated_at: 0,
    },
  ]);
  const folders = [
    ['/Projects', 1, 'anna@source.example'],
    ['/Projects/North', 10, null],
    ['/Projects/South', 100, 'olga@source.example'],
    ['/Archive', 1_000, null],
  ] as const;
  await addFolderStats(
    store,
    1,
    folders.map(([path, items, owner]) => ({
      key: path,
      id: path,
      parentKey: null,
      path,
      depth: path.split('/').length - 1,
      folderClass: 'IPF.Note',
      items,
      bytes: path === '/Archive' ? 5 : items * 10,
      changedAt: Date.UTC(2026, 0, items % 28),
      owner,
      mailEnabled: false,
    })),
  );
  await finishScan(store, { scan: 1, at: Date.UTC(2026, 10, 1), folders: 4, items: 1_111, bytes: 1_115, tookMs: 5 });
  return project;
}
