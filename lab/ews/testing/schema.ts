import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NAMESPACES } from '../xml/node.ts';

const SCHEMA = join(import.meta.dirname, '../../../tests/ews-schema/messages.xsd');

/** Holds the SOAP bodies of answers against Microsoft's schema; gives xmllint's complaints, none when all are valid. */
export function schemaComplaints(answers: readonly { name: string; text: string }[]): string[] {
  const dir = mkdtempSync(join(tmpdir(), 'ews-schema-'));
  try {
    const files = answers.map(({ name, text }, index) => {
      const body = /<s:Body[^>]*>([\s\S]*)<\/s:Body>/.exec(text)?.[1] ?? '';
      const declared = body.replace(
        /^<m:[A-Za-z]+/,
        (tag) => `${tag} xmlns:m="${NAMESPACES.m}" xmlns:t="${NAMESPACES.t}"`,
      );
      const file = join(dir, `${String(index).padStart(4, '0')}-${name}.xml`);
      writeFileSync(file, declared);
      return file;
    });
    const run = spawnSync('xmllint', ['--nonet', '--noout', '--huge', '--schema', SCHEMA, ...files], {
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    });
    return run.stderr
      .split('\n')
      .filter((line) => line !== '' && !line.endsWith(' validates') && !line.endsWith(' fails to validate'))
      .map((line) => line.replace(dir, '').slice(0, 400))
      .slice(0, 20);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
