import { expect, it } from 'vitest';
import { held } from './held.ts';

it('leaves plain names alone, and keeps the others to themselves', () => {
  expect(held('Ørsted, Søren')).toBe('Ørsted, Søren');
  expect(held('משה כהן')).toBe('\u2068משה כהן\u2069');
  expect(held('\u202Egnp.exe\u202C \u2069out')).toBe('\u2068gnp.exe out\u2069');
});
