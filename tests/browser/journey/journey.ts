import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { Person } from '../driver.ts';
import type { Hands } from './hands.ts';

// This way is also gone outside the test runner, for the pictures of the docs: node's own assertions do.

/** Starting a lab and copying on a busy machine take their time, ms. */
const LONG = 120_000;

export interface Around {
  /** What the run of the worker that the console brought is ended with; left out, it lives on. */
  killWorker?: () => Promise<void>;
  /** Starts another worker as somebody would on another machine; gives the name and the fingerprint that it shows. */
  anotherWorker?: () => Promise<{ name: string; fingerprint: string }>;
}

/** The way of a person through the console, from nothing to a signed certificate. */
export class Journey {
  readonly #person: Person;
  readonly #hands: Hands;

  constructor(person: Person, hands: Hands) {
    this.#person = person;
    this.#hands = hands;
  }

  async #says(text: string | RegExp, within = 'main'): Promise<void> {
    await this.#person.page.locator(within).getByText(text).first().waitFor({ timeout: LONG });
  }

  /** What the step shows, from every size where that is asked for; a dialog that is open is looked at with it. */
  async #look(name: string): Promise<void> {
    assert.deepEqual(await this.#person.look(name), []);
  }

  /** First run: the guided set-up, and a practice lab that fills everything in. */
  async firstRun(): Promise<void> {
    await this.#says(/Nothing is set up yet/);
    await this.#look('journey-01-first-run');
    await this.#hands.press('Set up');
    await this.#says(/From nothing to the first batch/);
    await this.#hands.choose('Size', /^Small/);
    await this.#hands.press('Start the practice lab');
    await this.#says(/The lab is running/);
    await this.#look('journey-02-practice-lab');
    await this.#hands.goTo('Forests');
    await this.#says(/Northwind/);
  }

  /** The address of Exchange, as the directory tells it; where it was found stands beside it. */
  async findExchange(): Promise<void> {
    await this.#person.moveTo('/forests?edit=Northwind');
    await this.#hands.press('Look for it', this.#person.drawer());
    await this.#says(/Autodiscover \(.+\) at 127\.0\.0\.1/, 'aside');
    await this.#look('journey-02-found');
  }

  async preflight(): Promise<void> {
    await this.#hands.goTo('Preflight');
    await this.#hands.press('Check now');
    await this.#says(/checks passed/);
    await this.#person.page.getByRole('button', { name: 'Check again' }).waitFor({ timeout: LONG });
    await this.#look('journey-03-preflight');
  }

  async discover(): Promise<void> {
    await this.#hands.goTo('Recipients');
    for (const side of ['Source', 'Target']) {
      await this.#hands.press(side);
      await this.#hands.press('Read the directory');
      await this.#says(/recipients, \d+ of them mailboxes/);
      await this.#person.page.getByRole('button', { name: 'Read changes' }).waitFor({ timeout: LONG });
    }
    await this.#look('journey-04-recipients');
  }

  /** What the public folders hold, to decide which of them to move. */
  async measureFolders(): Promise<void> {
    await this.#hands.goTo('Public folders');
    await this.#hands.press('Sizes and owners');
    await this.#hands.press('Measure the tree');
    await this.#says(/^[\d,]+ folders with [\d,]+ items/);
    await this.#person.page.getByRole('grid').getByRole('row').nth(1).waitFor({ timeout: LONG });
  }

  /** Every conflict is decided, for the first candidate where there is one. */
  async match(): Promise<void> {
    const { page } = this.#person;
    await this.#hands.goTo('Matches');
    await this.#hands.press('Match');
    await this.#says(/matched, \d+ to be created/);
    for (const state of ['Conflict', 'Review']) {
      const chip = page.getByRole('group', { name: 'State' }).getByRole('button', { name: state });
      if ((await chip.count()) === 0) continue;
      await this.#hands.press(new RegExp(`^\\S* ?${state}`), page.getByRole('group', { name: 'State' }));
      await this.#decideAll(state);
    }
    await this.#hands.press(/^All/, page.getByRole('group', { name: 'State' }));
    await this.#says(/nothing is left to decide/);
  }

  async #decideAll(state: string): Promise<void> {
    const { page } = this.#person;
    const drawer = this.#person.drawer();
    await drawer.waitFor({ timeout: LONG });
    await this.#look(`journey-05-${state.toLowerCase()}`);
    const over = page.getByText('Every one is decided.');
    for (let i = 0; i < 100; i++) {
      const before = page.url();
      await this.#hands.press(/^(Accept|Choose|Create it in the target)$/, drawer);
      // The next one opens by itself; the last one leaves the queue empty.
      const moved = async () => (await over.count()) > 0 || page.url() !== before;
      for (const end = Date.now() + LONG; !(await moved()); await pause(50)) assert(Date.now() < end, 'nothing opened');
      if ((await over.count()) > 0) return;
    }
  }

  /** Directory changes are worked out, written, taken back, and written for good. */
  async prepare(): Promise<void> {
    await this.#hands.goTo('Prepare');
    await this.#planAndWrite();
    await this.#look('journey-06-prepared');
    await this.#hands.press('Undo');
    await this.#look('journey-06-undo');
    await this.#hands.press('Undo', this.#person.page.getByRole('dialog'));
    await this.#says(/changes were taken back/);
    await this.#planAndWrite();
  }

  async #planAndWrite(): Promise<void> {
    const { page } = this.#person;
    await this.#hands.press('Work out the changes');
    await this.#hands.choose('Target objects', 'Mailboxes at once');
    await this.#hands.press('Work out the changes', this.#person.drawer());
    const write = page.getByRole('button', { name: /^Write \d+ changes$/ });
    await write.waitFor({ timeout: LONG });
    await this.#hands.press(/^Write \d+ changes$/);
    const dialog = page.getByRole('dialog');
    await dialog.locator('label').waitFor();
    await this.#look('journey-06-write');
    const label = await dialog.locator('label').innerText();
    const forest = /^Type (.+) to go on$/.exec(label)?.[1];
    if (forest === undefined) throw new Error(`the question does not say what to type: ${label}`);
    await this.#hands.type(label, forest, dialog);
    await this.#hands.press(/^Write \d+ changes$/, dialog);
    await this.#says(/changes are written[.;]/);
    await page.getByRole('button', { name: 'Undo', exact: true }).waitFor({ timeout: LONG });
  }

  /** Waves of everybody who is matched, from sizes and rights that workers have read. */
  async planWaves(name: string): Promise<void> {
    const { page } = this.#person;
    await this.#hands.goTo('Matches');
    await this.#hands.press('Match again');
    await page
      .locator('footer')
      .getByText(/matched, \d+ to decide/)
      .waitFor({ timeout: LONG });
    await this.#hands.goTo('Plan');
    await this.#hands.tab('Waves');
    await this.#hands.press('Measure and read rights');
    await this.#says(/^([\d,]+) of \1 mailboxes are measured/);
    await this.#says(/nobody who shares a mailbox is parted|parted/);
    await page.locator('.react-flow__node').first().waitFor({ timeout: LONG });
    assert.deepEqual(await this.#person.barriers(), []);
    await this.#look('journey-07-waves');
    await this.#hands.press(/^Make \d+ batch/);
    await page.getByRole('row', { name }).waitFor({ timeout: LONG });
    await this.#hands.openRow(name);
    await page.getByRole('heading', { name }).waitFor({ timeout: LONG });
    await this.#says(/members are planned/);
  }

  /** The batch runs, is paused and goes on; a worker is let in, another dies, and nothing is lost by it. */
  async run(around: Around): Promise<void> {
    const { page } = this.#person;
    await this.#hands.press('Start');
    await this.#hands.press('Pause');
    await page.getByText(/members? paused/).waitFor({ timeout: LONG });
    await this.#look('journey-08-paused');
    await this.#hands.press('Go on');
    await page
      .getByText(/members? started/)
      .first()
      .waitFor({ timeout: LONG });
    if (around.anotherWorker) await this.#letIn(await around.anotherWorker());
    await around.killWorker?.();
  }

  async #letIn(worker: { name: string; fingerprint: string }): Promise<void> {
    const { page } = this.#person;
    await this.#hands.goTo('Workers');
    await this.#hands.openRow(worker.name);
    await this.#hands.press('Approve', this.#person.drawer());
    const dialog = page.getByRole('dialog');
    const shown = (await dialog.innerText()).replaceAll(/[\s:]/g, '').toLowerCase();
    assert(shown.includes(worker.fingerprint.replaceAll(/[\s:]/g, '').toLowerCase()), 'another fingerprint');
    await this.#look('journey-09-approve');
    await this.#hands.press('Approve', dialog);
    await page.getByText(`${worker.name} is approved.`).waitFor({ timeout: LONG });
  }

  async cutOver(batch: string): Promise<void> {
    const { page } = this.#person;
    await this.#hands.goTo('Batches');
    await this.#hands.openRow(batch);
    await page.getByRole('button', { name: 'Cut over', exact: true }).waitFor({ timeout: LONG });
    await this.#look('journey-10-in-sync');
    await this.#hands.press('Cut over');
    const dialog = page.getByRole('dialog');
    await this.#look('journey-10-cut-over');
    await this.#hands.type(`Type ${batch} to go on`, batch, dialog);
    await this.#hands.press('Cut over', dialog);
    await this.#says(/are cut over and done/);
    await this.#look('journey-11-done');
  }

  /** Everything is compared item by item; the certificate is signed. */
  async certify(): Promise<void> {
    const { page } = this.#person;
    await this.#hands.goTo('Reports');
    await this.#hands.pick('More', 'Compare again');
    await this.#says(/Every one of the [\d,]+ items of .* was found in the target and compared as equal/);
    await this.#hands.press('Issue and sign');
    await page.getByRole('button', { name: 'Files' }).waitFor({ timeout: LONG });
    await this.#look('journey-12-certificate');
    // Whoever comes back has it still; whoever comes back another day is told of it.
    await this.#hands.goTo('Batches');
    await this.#hands.goTo('Reports');
    await page.getByRole('button', { name: 'Files' }).waitFor({ timeout: LONG });
    await page.reload();
    await this.#says(/signed a certificate on/);
  }

  /** The end: a person signs, and nothing is taken back any more. */
  async signOff(batch: string): Promise<void> {
    const { page } = this.#person;
    await this.#hands.goTo('Batches');
    await this.#hands.openRow(batch);
    await this.#hands.tab('Cutover');
    await this.#says(/can be signed off/);
    await this.#look('journey-13-steps');
    await this.#hands.press('Sign off');
    const dialog = page.getByRole('dialog');
    await this.#look('journey-13-sign-off');
    await this.#hands.type('Note', 'Agreed with the customer', dialog);
    await this.#hands.type(`Type ${batch} to go on`, batch, dialog);
    await this.#hands.press('Sign off', dialog);
    await this.#says(/Signed off by/);
  }
}
