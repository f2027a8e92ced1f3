import type { LabDatabase } from './database.ts';

/** Bytes of one row; larger rows cost SQLite overflow pages, smaller ones cost rows. */
const PART_BYTES = 1 << 20;

/** Export streams in parts. */
export class Bodies {
  readonly #db: LabDatabase;

  constructor(db: LabDatabase) {
    this.#db = db;
  }

  write(num: number, stream: Uint8Array): void {
    this.#db.run('DELETE FROM body WHERE num = ?', num);
    for (let part = 0; part * PART_BYTES < stream.length; part++) {
      const bytes = stream.subarray(part * PART_BYTES, (part + 1) * PART_BYTES);
      this.#db.run('INSERT INTO body (num, part, bytes) VALUES (?, ?, ?)', num, part, bytes);
    }
  }

  /** Writes over some bytes in place; they must not cross parts or lie outside. */
  patch(num: number, at: number, bytes: Uint8Array): void {
    const part = Math.floor(at / PART_BYTES);
    const found = this.#part(num, part);
    if (!found) return;
    found.set(bytes, at - part * PART_BYTES);
    this.#db.run('UPDATE body SET bytes = ? WHERE num = ? AND part = ?', found, num, part);
  }

  *chunks(num: number): Generator<Uint8Array> {
    for (let part = 0; ; part++) {
      const bytes = this.#part(num, part);
      if (!bytes) return;
      yield bytes;
    }
  }

  read(num: number): Uint8Array {
    const parts = [...this.chunks(num)];
    const [only] = parts;
    return parts.length === 1 && only ? only : Buffer.concat(parts);
  }

  rename(num: number, to: number): void {
    this.#db.run('UPDATE body SET num = ? WHERE num = ?', to, num);
  }

  delete(num: number): void {
    this.#db.run('DELETE FROM body WHERE num = ?', num);
  }

  #part(num: number, part: number): Uint8Array | undefined {
    const bytes = this.#db.get('SELECT bytes FROM body WHERE num = ? AND part = ?', num, part)?.bytes;
    return bytes instanceof Uint8Array ? bytes : undefined;
  }
}
