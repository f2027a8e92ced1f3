import { expect, it } from 'vitest';
import { endings } from './shell.ts';

it('names the batches that ran and stopped, whatever they stopped for, and no others', () => {
  const before = [
    { id: 1, name: 'done', state: 'cuttingOver' },
    { id: 2, name: 'stuck', state: 'syncing' },
    { id: 3, name: 'runs', state: 'syncing' },
    { id: 4, name: 'was done', state: 'done' },
  ] as const;
  const now = [
    { id: 1, name: 'done', state: 'done' },
    { id: 2, name: 'stuck', state: 'decision' },
    { id: 3, name: 'runs', state: 'waiting' },
    { id: 4, name: 'was done', state: 'done' },
    { id: 5, name: 'new', state: 'planned' },
  ] as const;
  expect(endings([...before], [...now]).map(({ name }) => name)).toEqual(['done', 'stuck']);
});
