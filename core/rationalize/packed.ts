import type { MatchObject, Objects } from './model.ts';

/** Pages of this many bytes, outside the heap: the garbage collector never looks at them. */
const PAGE = 16 * 2 ** 20;
/** Objects that were asked for last stay as they are; a power of two. */
const KEPT = 8192;

/**
 * Objects packed to text and unpacked when they are asked for: about 700 bytes each instead of 4,000, so that a million
 * on each side fit into memory. Asking costs some microseconds, which is why forests of usual size are kept as they are.
 */
export class PackedObjects implements Objects {
  readonly #pages: Buffer[] = [];
  readonly #places: number[] = [];
  #used = PAGE;
  readonly #kept: (MatchObject | undefined)[] = new Array(KEPT);
  readonly #keptAt = new Int32Array(KEPT).fill(-1);

  get length(): number {
    return this.#places.length;
  }

  push(object: MatchObject): void {
    const text = packed(object);
    const size = Buffer.byteLength(text);
    if (this.#used + size + 4 > PAGE) {
      this.#pages.push(Buffer.allocUnsafeSlow(Math.max(PAGE, size + 4)));
      this.#used = 0;
    }
    const page = this.#pages.at(-1);
    if (!page) return;
    this.#places.push((this.#pages.length - 1) * PAGE + this.#used);
    page.writeUInt32LE(size, this.#used);
    page.write(text, this.#used + 4);
    // A page that is larger than usual holds one object, and its place counts as at its beginning.
    this.#used = page.length > PAGE ? PAGE : this.#used + 4 + size;
  }

  at(position: number): MatchObject | undefined {
    const slot = position & (KEPT - 1);
    if (this.#keptAt[slot] === position) return this.#kept[slot];
    const place = this.#places[position];
    if (place === undefined) return undefined;
    const page = this.#pages[Math.floor(place / PAGE)];
    const from = place % PAGE;
    if (!page) return undefined;
    const object = unpacked(page.toString('utf8', from + 4, from + 4 + page.readUInt32LE(from)));
    this.#kept[slot] = object;
    this.#keptAt[slot] = position;
    return object;
  }

  *[Symbol.iterator](): Generator<MatchObject> {
    for (let i = 0; i < this.length; i++) {
      const object = this.at(i);
      if (object) yield object;
    }
  }

  filter(keep: (object: MatchObject) => boolean): Objects {
    const found = new PackedObjects();
    for (const object of this) if (keep(object)) found.push(object);
    return found.length === this.length ? this : found;
  }
}

/** From so many objects on both sides together they are packed. */
const MANY = 400_000;

/** An empty list for objects, of the form that suits their number. */
export function roomFor(expected: number): Objects & { push(object: MatchObject): unknown } {
  return expected > MANY ? new PackedObjects() : ([] as MatchObject[]);
}

/** The fields of an object in the order in which they are packed; the text holds no names. */
const FIELDS = [
  'id',
  'guid',
  'dn',
  'kind',
  'class',
  'displayName',
  'hidden',
  'smtp',
  'x500',
  'target',
  'mail',
  'name',
  'given',
  'family',
  'logins',
  'attributes',
] as const satisfies readonly (keyof MatchObject)[];

/** Does not compile while a field is left out. */
const ALL: Exclude<keyof MatchObject, (typeof FIELDS)[number]> extends never ? true : never = true;
void ALL;

function packed(object: MatchObject): string {
  return JSON.stringify(FIELDS.map((field) => object[field] ?? null));
}

function unpacked(text: string): MatchObject {
  const values = JSON.parse(text) as unknown[];
  const object: Partial<Record<keyof MatchObject, unknown>> = {};
  // Always in the same order, so that all objects have one shape.
  for (const [index, field] of FIELDS.entries()) object[field] = values[index] ?? undefined;
  return object as unknown as MatchObject;
}
