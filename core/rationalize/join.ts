/** Exact joins by hashed keys: the first pass over two forests, and the one that must stay linear. */

/** Which objects hold a key. Most keys have one holder, so that one stands in the map itself. */
export class KeyIndex {
  readonly #one = new Map<string, number>();
  readonly #more = new Map<string, number[]>();

  add(key: string, holder: number): void {
    const known = this.#one.get(key);
    if (known === undefined) {
      this.#one.set(key, holder);
      return;
    }
    if (known === holder) return;
    const list = this.#more.get(key);
    if (!list) this.#more.set(key, [known, holder]);
    else if (list.at(-1) !== holder) list.push(holder);
  }

  /** Calls back for each holder. */
  each(key: string, found: (holder: number) => void): void {
    const known = this.#one.get(key);
    if (known === undefined) return;
    const list = this.#more.get(key);
    if (list) for (const holder of list) found(holder);
    else found(known);
  }

  count(key: string): number {
    return this.#more.get(key)?.length ?? (this.#one.has(key) ? 1 : 0);
  }

  /** The holder, when there is exactly one. */
  only(key: string): number | undefined {
    return this.#more.has(key) ? undefined : this.#one.get(key);
  }

  get size(): number {
    return this.#one.size;
  }
}

/** Gives an object's keys, none, one or several, to `add`. */
export type KeysOf<T> = (object: T, add: (key: string) => void) => void;

export function indexBy<T>(objects: Iterable<T>, keysOf: KeysOf<T>): KeyIndex {
  const index = new KeyIndex();
  let position = 0;
  for (const object of objects) {
    keysOf(object, (key) => index.add(key, position));
    position++;
  }
  return index;
}
