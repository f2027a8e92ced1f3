import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isWithin, pathOf, readable } from './paths.ts';

describe('paths of public folders', () => {
  it('keep any name apart from the slashes between names', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1 }), (names) => {
        const path = names.reduce(pathOf, '/');
        expect(path.split('/')).toHaveLength(names.length + 1);
        expect(readable(path)).toBe(names.join(' / '));
      }),
    );
  });

  it('lie within their parents and not within folders that begin alike', () => {
    expect(isWithin('/Sales/EMEA', '/Sales')).toBe(true);
    expect(isWithin('/Sales', '/Sales')).toBe(true);
    expect(isWithin('/Salesforce', '/Sales')).toBe(false);
    expect(isWithin('/Anything', '/')).toBe(true);
  });
});
