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
    const text = JSON.stringify(Object.values(ordered(object)));
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
    const text = page.toString('utf8', from + 4, from + 4 + page.readUInt32LE(from));
    const object = unpacked(JSON.parse(text) as unknown[]);
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

/** The fields in one order; the text holds no names. */
function ordered(o: MatchObject): Record<keyof MatchObject, unknown> {
  const { id, guid, dn, kind, class: type, displayName, hidden, smtp, x500, mail, name, given, family, logins } = o;
  const target = o.target ?? null;
  return {
    id,
    guid,
    dn,
    kind,
    class: type,
    displayName,
    hidden,
    smtp,
    x500,
    target,
    mail: mail ?? null,
    name: [name.given, name.family],
    given,
    family,
    logins,
    attributes: o.attributes,
  };
}

function unpacked(fields: unknown[]): MatchObject {
  const [
    id,
    guid,
    dn,
    kind,
    type,
    displayName,
    hidden,
    smtp,
    x500,
    target,
    mail,
    name,
    given,
    family,
    logins,
    attributes,
  ] = fields as [
    MatchObject['id'],
    MatchObject['guid'],
    MatchObject['dn'],
    MatchObject['kind'],
    MatchObject['class'],
    MatchObject['displayName'],
    MatchObject['hidden'],
    MatchObject['smtp'],
    MatchObject['x500'],
    string | null,
    string | null,
    [string[], string[]],
    MatchObject['given'],
    MatchObject['family'],
    MatchObject['logins'],
    MatchObject['attributes'],
  ];
  return {
    id,
    guid,
    dn,
    kind,
    class: type,
    displayName,
    hidden,
    smtp,
    x500,
    target: target ?? undefined,
    mail: mail ?? undefined,
    name: { given: name[0], family: name[1] },
    given,
    family,
    logins,
    attributes,
  };
}
