import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { onPath } from '../support/parts.ts';

const root = join(import.meta.dirname, '..', '..');

let axeSource: string | undefined;

/** `transplant console` as a person starts it. */
export class ConsoleProcess {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  get origin(): string {
    return new URL(this.url).origin;
  }

  /** Without a database it makes its own below `home`, as at the very first start. */
  static async start(database: string | undefined, home: string): Promise<ConsoleProcess> {
    const where = database === undefined ? [] : ['--db', database];
    const env = { ...process.env, TRANSPLANT_HOME: home };
    const child = spawn(process.execPath, [join(root, 'cli', 'transplant.js'), 'console', '--no-open', ...where], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let problems = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      problems += text;
    });
    for await (const line of createInterface({ input: child.stdout })) return new ConsoleProcess(child, line);
    throw new Error(`the console did not start: ${problems}`);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async stop(): Promise<void> {
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await exit;
  }
}

export async function launchBrowser(): Promise<Browser> {
  return await chromium.launch({
    executablePath: onPath('chromium') ?? 'chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  });
}

export const SIZES = {
  /** Half of a remote desktop: the rail shows signs alone. */
  narrow: { width: 899, height: 768 },
  smallest: { width: 1280, height: 768 },
  usual: { width: 1920, height: 1080 },
  large: { width: 2560, height: 1440 },
} as const;

/** The sizes that people work at, in both schemes. */
export const LOOKS = (['smallest', 'usual', 'large'] as const).flatMap((size) =>
  (['light', 'dark'] as const).map((scheme) => ({ size, scheme })),
);

/** Somebody at the console: one method a gesture. Whatever the page complains about is kept. */
export class Person {
  readonly page: Page;
  readonly complaints: string[] = [];
  /** Looks from every size in both schemes, and what is wrong there; without it a look is a picture. */
  everywhere = false;
  /** Whoever wants some of the pictures for something else. */
  onPicture: ((name: string) => Promise<void>) | undefined;
  readonly #context: BrowserContext;
  #looks = 0;

  private constructor(context: BrowserContext, page: Page) {
    this.#context = context;
    this.page = page;
    page.on('console', (message) => {
      const place = message.location().url;
      if (message.type() === 'error' || message.type() === 'warning')
        this.complaints.push(`${message.text()} ${place}`);
    });
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('requestfailed', (request) => {
      const failure = request.failure()?.errorText ?? '';
      // A poll that is given up because the page went on is no fault.
      if (!failure.includes('ERR_ABORTED')) this.complaints.push(`${request.url()} ${failure}`);
    });
  }

  static async at(
    browser: Browser,
    url: string,
    scheme: 'light' | 'dark' = 'light',
    size = SIZES.smallest,
  ): Promise<Person> {
    const context = await browser.newContext({ viewport: size, colorScheme: scheme, reducedMotion: 'reduce' });
    const person = new Person(context, await context.newPage());
    await person.page.goto(url);
    return person;
  }

  async goTo(path: string): Promise<void> {
    await this.page.goto(new URL(path, this.page.url()).href);
  }

  /** As a link inside the page leads there: without reading the program again. */
  async moveTo(path: string): Promise<void> {
    await this.page.evaluate(`history.pushState({}, '', ${JSON.stringify(path)});
      dispatchEvent(new PopStateEvent('popstate'));`);
  }

  async openBatch(name: string): Promise<void> {
    await this.page.getByRole('row', { name }).click();
    await this.page.getByRole('heading', { name }).waitFor();
  }

  async search(text: string): Promise<void> {
    await this.page.getByRole('searchbox').fill(text);
  }

  async chooseState(word: string): Promise<void> {
    await this.page.getByRole('group', { name: 'State' }).getByRole('button', { name: word }).click();
  }

  /** The rows that are on the screen and read. */
  async rows(): Promise<string[]> {
    const cells = this.page.locator('[role=rowgroup] [role=row] > :nth-child(1 of :not(.choose, .grip))');
    return (await cells.allInnerTexts()).filter((text) => text.trim() !== '');
  }

  async openRow(name: string): Promise<void> {
    await this.page.locator('[role=rowgroup] [role=row]', { hasText: name }).first().click();
    await this.drawer().waitFor();
  }

  drawer() {
    return this.page.getByRole('complementary');
  }

  /** What stands on the element under the keyboard. */
  async focused(): Promise<string> {
    return await this.page.evaluate<string>(
      `document.activeElement?.textContent || document.activeElement?.getAttribute('aria-label') || ''`,
    );
  }

  async scrollsSideways(): Promise<boolean> {
    return await this.page.evaluate<boolean>(
      'document.documentElement.scrollWidth > document.documentElement.clientWidth',
    );
  }

  /** Things to press or type into that lie outside the window. */
  async outOfSight(): Promise<string[]> {
    return await this.page.evaluate<string[]>(`[...document.querySelectorAll('button, input, [role=tab]')]
      .filter((element) => {
        const box = element.getBoundingClientRect();
        return box.width > 0 && (box.right > innerWidth + 1 || box.left < -1);
      })
      .map((element) => element.outerHTML.slice(0, 120))`);
  }

  /** What axe-core finds that keeps people out (serious or critical). */
  async barriers(): Promise<string[]> {
    axeSource ??= readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    await this.page.evaluate(axeSource);
    return await this.page.evaluate(async () => {
      interface Violation {
        id: string;
        impact: string;
        nodes: { html: string; failureSummary: string }[];
      }
      const axe = (globalThis as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } }).axe;
      return (await axe.run()).violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => `${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`);
    });
  }

  /** A picture for people to look at, kept with the results of the run. */
  async picture(name: string): Promise<void> {
    const folder = join(root, 'artefacts', 'screens');
    mkdirSync(folder, { recursive: true });
    await this.page.screenshot({ path: join(folder, `${name}.png`) });
    await this.onPicture?.(name);
  }

  /**
   * What a person sees at a step: a picture, and where everything is looked at one for each size and scheme, with what
   * axe-core and the eye find in them. A dialog that is open stays open.
   * @returns findings
   */
  async look(name: string): Promise<string[]> {
    await this.picture(name);
    if (!this.everywhere) return [];
    const found: string[] = [];
    const all = process.env.TRANSPLANT_LOOKS === 'all';
    this.#looks++;
    for (const { size, scheme } of LOOKS) {
      const axe = all || size === 'smallest';
      // Large windows by turns, each step in one scheme: every step in all of them is for the long run.
      if (!axe && ((size === 'usual') === (scheme === 'light')) !== (this.#looks % 2 === 0)) continue;
      await this.page.setViewportSize(SIZES[size]);
      await this.page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      const barriers = axe ? await this.lastingBarriers() : [];
      found.push(...[...barriers, ...(await this.outOfSight())].map((text) => `${name} ${size} ${scheme}: ${text}`));
      if (await this.scrollsSideways()) found.push(`${name} ${size} ${scheme} scrolls sideways`);
      await this.page.screenshot({ path: join(root, 'artefacts', 'screens', `${name}-${size}-${scheme}.png`) });
    }
    await this.page.setViewportSize(SIZES.smallest);
    await this.page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
    return found;
  }

  /** What axe-core finds again and again: a page that just changed its scheme is painted in two steps. */
  async lastingBarriers(): Promise<string[]> {
    let found = await this.barriers();
    for (let i = 0; i < 4 && found.length > 0; i++) found = await this.barriers();
    return found;
  }

  async leave(): Promise<void> {
    await this.#context.close();
  }
}
