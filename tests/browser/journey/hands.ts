import type { Locator, Page } from 'playwright-core';

/** How somebody works a page: one method a gesture. Everything is named as it reads on the screen. */
export interface Hands {
  /** A place of the rail, by its name. */
  goTo(place: string): Promise<void>;
  /** A button, link or chip. */
  press(name: string | RegExp, within?: Locator): Promise<void>;
  /** A line of the menu that a button opens. */
  pick(menu: string | RegExp, line: string | RegExp): Promise<void>;
  /** One of the values of a field that is a list. */
  choose(field: string | RegExp, value: string | RegExp): Promise<void>;
  type(field: string | RegExp, text: string, within?: Locator): Promise<void>;
  tab(name: string | RegExp): Promise<void>;
  /** Opens the row of the list that has this text. */
  openRow(text: string): Promise<void>;
  /** Chooses the row for an action on all that are chosen. */
  markRow(text: string): Promise<void>;
  /** Sets the check mark of a folder in the tree. */
  markFolder(name: string): Promise<void>;
}

const PATIENCE = { timeout: 20_000 };

/** A pointer and, for words, a keyboard. */
export class Mouse implements Hands {
  readonly #page: Page;
  constructor(page: Page) {
    this.#page = page;
  }
  async goTo(place: string): Promise<void> {
    await this.#page.getByRole('navigation').getByRole('link', { name: place }).click(PATIENCE);
  }
  async press(name: string | RegExp, within?: Locator): Promise<void> {
    await button(this.#page, name, within).click(PATIENCE);
  }
  async pick(menu: string | RegExp, line: string | RegExp): Promise<void> {
    await this.press(menu);
    await this.#page.getByRole('menuitem', { name: line }).click(PATIENCE);
  }
  async choose(field: string | RegExp, value: string | RegExp): Promise<void> {
    await this.#page.getByRole('combobox', { name: field }).click(PATIENCE);
    await this.#page.getByRole('option', { name: value }).click(PATIENCE);
  }
  async type(field: string | RegExp, text: string, within?: Locator): Promise<void> {
    await textField(this.#page, field, within).fill(text, PATIENCE);
  }
  async tab(name: string | RegExp): Promise<void> {
    await this.#page.getByRole('tab', { name }).click(PATIENCE);
  }
  async openRow(text: string): Promise<void> {
    await row(this.#page, text).click(PATIENCE);
  }
  async markRow(text: string): Promise<void> {
    await row(this.#page, text).locator('.choose').click(PATIENCE);
  }
  async markFolder(name: string): Promise<void> {
    await folder(this.#page, name).getByRole('checkbox').first().click(PATIENCE);
  }
}

/** More presses of the Tab key than any screen has stops. */
const STOPS = 160;

/** The keyboard alone: Tab to what is wanted, then the keys that such a thing has. */
export class Keys implements Hands {
  readonly #page: Page;
  constructor(page: Page) {
    this.#page = page;
  }
  async goTo(place: string): Promise<void> {
    await this.#key('Control+k');
    const field = this.#page.getByRole('dialog').getByRole('combobox');
    await field.waitFor(PATIENCE);
    await this.#write(place);
    const first = this.#page.getByRole('option', { name: place, exact: true, selected: true });
    await first.waitFor(PATIENCE);
    await this.#key('Enter');
    await field.waitFor({ state: 'detached', ...PATIENCE });
  }
  async press(name: string | RegExp, within?: Locator): Promise<void> {
    await this.#reach(button(this.#page, name, within));
    await this.#key('Enter');
  }
  async pick(menu: string | RegExp, line: string | RegExp): Promise<void> {
    await this.press(menu);
    await this.#walk(this.#page.getByRole('menuitem', { name: line }));
  }
  async choose(field: string | RegExp, value: string | RegExp): Promise<void> {
    await this.#reach(this.#page.getByRole('combobox', { name: field }));
    await this.#key('Enter');
    await this.#walk(this.#page.getByRole('option', { name: value }));
  }
  async type(field: string | RegExp, text: string, within?: Locator): Promise<void> {
    await this.#reach(textField(this.#page, field, within));
    await this.#key('Control+a');
    await this.#write(text);
  }
  async tab(name: string | RegExp): Promise<void> {
    const wanted = this.#page.getByRole('tab', { name });
    await this.#reach(this.#page.getByRole('tab', { selected: true }));
    for (let i = 0; i < 12 && !(await hasFocus(wanted)); i++) await this.#key('ArrowRight');
    await this.#key('Enter');
  }
  async openRow(text: string): Promise<void> {
    await this.#toRow(text);
    await this.#key('Enter');
  }
  async markRow(text: string): Promise<void> {
    await this.#toRow(text);
    await this.#key('Space');
  }
  async markFolder(name: string): Promise<void> {
    const wanted = folder(this.#page, name);
    await this.#reach(this.#page.getByRole('treeitem').first());
    for (let i = 0; i < 200 && !(await hasFocus(wanted)); i++) await this.#key('ArrowDown');
    await this.#key('Space');
  }

  async #toRow(text: string): Promise<void> {
    await row(this.#page, text).waitFor(PATIENCE);
    await this.#reach(this.#page.getByRole('grid'));
    await this.#key('Home');
    const active = this.#page.locator('[role=rowgroup] [data-active=true]', { hasText: text });
    for (let i = 0; i < 200 && (await active.count()) === 0; i++) await this.#key('ArrowDown');
  }

  /** In an open menu or list of values: to the line, and takes it. */
  async #walk(line: Locator): Promise<void> {
    await line.first().waitFor(PATIENCE);
    await this.#key('Home');
    for (let i = 0; !(await hasFocus(line.first())); i++) {
      if (i > 50) throw new Error(`the arrows do not come to ${line}`);
      await this.#key('ArrowDown');
    }
    await this.#key('Enter');
  }

  async #reach(wanted: Locator): Promise<void> {
    await wanted.first().waitFor(PATIENCE);
    for (let i = 0; i < STOPS; i++) {
      if (await hasFocus(wanted.first())) return;
      await this.#key('Tab');
    }
    throw new Error(`the Tab key does not come to ${wanted}`);
  }

  async #key(key: string): Promise<void> {
    await this.#page.keyboard.press(key);
  }
  async #write(text: string): Promise<void> {
    await this.#page.keyboard.type(text);
  }
}

async function hasFocus(wanted: Locator): Promise<boolean> {
  return await wanted.evaluate((element) => element === element.ownerDocument.activeElement, undefined, PATIENCE);
}

function button(page: Page, name: string | RegExp, within?: Locator): Locator {
  const place = within ?? page;
  const exact = typeof name === 'string';
  return place
    .getByRole('button', { name, exact, disabled: false })
    .or(place.getByRole('link', { name, exact }))
    .first();
}

function textField(page: Page, name: string | RegExp, within?: Locator): Locator {
  return (within ?? page)
    .getByRole('textbox', { name })
    .or((within ?? page).getByRole('searchbox', { name }))
    .first();
}

function row(page: Page, text: string): Locator {
  return page.locator('[role=rowgroup] [role=row]', { hasText: text }).first();
}

function folder(page: Page, name: string): Locator {
  return page.getByRole('treeitem', { name, exact: true }).first();
}
