import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseFaults } from './faults.ts';

const page = readFileSync(join(import.meta.dirname, '..', 'docs', 'lab.md'), 'utf8');
const examples = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');

describe('the examples of docs/lab.md', () => {
  test('are all valid', () => {
    expect(examples.length).toBeGreaterThan(1);
    for (const example of examples) expect(() => parseFaults(JSON.parse(example))).not.toThrow();
  });

  test('show a rule of every kind', () => {
    const kinds = new Set(examples.flatMap((one) => parseFaults(JSON.parse(one)).rules.map((rule) => rule.fault.kind)));
    expect([...kinds].sort()).toEqual([
      'busy',
      'corruptItem',
      'drop',
      'error',
      'latency',
      'short',
      'slow',
      'staleSyncState',
      'truncate',
      'unauthorized',
      'unavailable',
    ]);
  });
});
