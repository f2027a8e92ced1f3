import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { workbook } from '../../core/report/xlsx.ts';
import { findLeaks } from './search.ts';

/** The checker is checked: a canary test that finds nothing proves something only if it would have found it. */

const SECRET = 'Kanarie&7"ü sings §42';
const canary = { what: 'a planted secret', text: SECRET };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'transplant-leak-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const found = () => findLeaks([canary], [folder], [/^spared/]).map(({ form, file }) => `${file} ${form}`);

describe('a planted leak is found', () => {
  const wide = Buffer.from(SECRET, 'utf16le');
  it.each<[string, string | Buffer]>([
    ['plain', `{"message":"failed for ${SECRET}"}`],
    ['UTF-16LE', Buffer.concat([Buffer.from('x'), wide])],
    ['UTF-16BE', Buffer.from(wide).swap16()],
    ['URL-encoded', `GET /?p=${encodeURIComponent(SECRET)} HTTP/1.1`],
    ['form-encoded', new URLSearchParams({ password: SECRET }).toString()],
    ['JSON', JSON.stringify({ password: SECRET })],
    ['XML', '<t:Password>Kanarie&amp;7&quot;ü sings §42</t:Password>'],
    ['hex', Buffer.from(SECRET).toString('hex')],
    ['HEX', Buffer.from(SECRET).toString('hex').toUpperCase()],
    ['hex of UTF-16', wide.toString('hex')],
    ['base64 +0', Buffer.from(SECRET).toString('base64')],
    ['base64 +1', Buffer.from(`a${SECRET}b`).toString('base64')],
    ['base64 +2', Buffer.from(`me${SECRET}more`).toString('base64')],
    ['base64 of UTF-16 +0', wide.toString('base64')],
    ['base64 of UTF-16 +1', Buffer.concat([Buffer.from('1'), wide, Buffer.from('2')]).toString('base64')],
  ])('in the form %s', (form, content) => {
    writeFileSync(join(folder, 'x.log'), content);
    expect(found()).toContain(`x.log ${form}`);
  });

  it('in the write-ahead log of a database, and in a row that was deleted again', () => {
    const db = new DatabaseSync(join(folder, 'x.db'));
    db.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (v TEXT)');
    db.prepare('INSERT INTO t VALUES (?)').run(SECRET);
    db.exec('DELETE FROM t');
    expect(found()).toContain('x.db-wal plain');
    db.close();
  });

  it('in a workbook, which is packed', async () => {
    const table = { name: 'x', title: 'x', columns: [{ title: 'x', width: 10 }], rows: [[SECRET]] };
    writeFileSync(join(folder, 'x.xlsx'), await workbook([table], 'x'));
    expect(found().join()).toMatch(/x\.xlsx!xl\/sharedStrings\.xml|x\.xlsx!xl\/worksheets/);
  });

  it('and what is spared by name, or is not there, is not', () => {
    writeFileSync(join(folder, 'spared.pem'), SECRET);
    writeFileSync(join(folder, 'x.log'), SECRET.slice(0, -1));
    expect(found()).toEqual([]);
  });
});
