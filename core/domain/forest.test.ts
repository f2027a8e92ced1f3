import { describe, expect, it } from 'vitest';
import { pinSchema, pinsFor } from './forest.ts';

const SHA = 'ab'.repeat(32);
const OTHER = 'cd'.repeat(32);

describe('a pin', () => {
  it.each([
    [SHA, SHA],
    [SHA.toUpperCase().replace(/..(?=.)/g, '$&:'), SHA],
    [`Mail.Example=${SHA}`, `mail.example=${SHA}`],
    [`[2001:DB8::1]=${SHA}`, `2001:db8::1=${SHA}`],
  ])('%s is kept as %s', (text, kept) => {
    expect(pinSchema.parse(text)).toBe(kept);
  });

  it.each(['', 'abc', `=${SHA}`, `a b=${SHA}`, `${SHA}=mail.example`, `mail.example=${SHA.slice(1)}`])(
    '%s is none',
    (text) => {
      expect(pinSchema.safeParse(text).success).toBe(false);
    },
  );

  it('counts at its host; one without a host everywhere', () => {
    const pins = [SHA, `mail.example=${OTHER}`];
    expect(pinsFor(pins, 'MAIL.example')).toEqual([SHA, OTHER]);
    expect(pinsFor(pins, 'dc.example')).toEqual([SHA]);
    expect(pinsFor([`2001:db8::1=${SHA}`], '[2001:db8::1]')).toEqual([SHA]);
  });
});
