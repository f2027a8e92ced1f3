import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ItemInfo } from '../../exchange/mail-store.ts';
import type { Compared, Pair } from './compare-content.ts';
import { pairAnew, sharedKeys } from './lookalikes.ts';

const item = (id: string, searchKey: string | null): ItemInfo => ({
  id,
  changeKey: '',
  folderId: null,
  itemClass: 'IPM.Note',
  element: 'Message',
  associated: false,
  size: 1,
  searchKey,
  messageId: null,
  received: null,
  sent: null,
  created: null,
  modified: null,
  flags: null,
  read: null,
});

/** Contents by item; what has the same content is the same. */
async function settle(sources: number[], targets: number[]): Promise<{ compared: Compared[]; asked: number }> {
  const content = new Map<ItemInfo, number>();
  const side = (name: string, values: number[]) =>
    values.map((value, i) => {
      const one = item(`${name}${i}`, 'ab');
      content.set(one, value);
      return one;
    });
  const left = side('s', sources);
  const right = side('t', targets);
  let asked = 0;
  const compare = (pair: Pair): Compared => {
    asked++;
    const same = content.get(pair.source) === content.get(pair.target);
    return { pair, method: 'properties', differences: same ? [] : ['body'], digest: null, unreadable: null };
  };
  const first = left.flatMap((source, i) => {
    const target = right[i];
    return target ? compare({ source, target }) : [];
  });
  const differs = (one: Compared): boolean => one.differences.length > 0;
  const held = first.filter(differs);
  const again = await pairAnew(held, async (pairs) => pairs.map(compare), differs);
  return { compared: [...first.filter((one) => !differs(one)), ...again], asked };
}

test('every item stands in one pair, and as many agree as the contents of both sides have in common', async () => {
  const contents = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(contents, contents, async (a, b) => {
      const count = Math.min(a.length, b.length);
      const [sources, targets] = [a.slice(0, count), b.slice(0, count)];
      const { compared } = await settle(sources, targets);
      expect(new Set(compared.map(({ pair }) => pair.source)).size).toBe(count);
      expect(new Set(compared.map(({ pair }) => pair.target)).size).toBe(count);
      const times = (list: number[], value: number): number => list.filter((one) => one === value).length;
      const common = [0, 1, 2, 3, 4, 5].reduce((sum, v) => sum + Math.min(times(sources, v), times(targets, v)), 0);
      expect(compared.filter(({ differences }) => differences.length === 0)).toHaveLength(common);
    }),
  );
});

test('hundreds that are all unlike each other come to an end', async () => {
  const count = 300;
  const { compared, asked } = await settle(
    Array.from({ length: count }, (_, i) => i),
    Array.from({ length: count }, (_, i) => i + count),
  );
  expect(compared).toHaveLength(count);
  expect(asked).toBeLessThan(count * 20);
});

test('keys that several have', () => {
  const pair = (key: string | null): Pair => ({ source: item('s', key), target: item('t', key) });
  expect(sharedKeys([pair('a'), pair('b'), pair('a'), pair(null), pair(null)])).toEqual(new Set(['a']));
});
