import { describe, expect, it } from 'vitest';
import { UsageError } from '../../domain/errors.ts';
import { addressesOf, treePath } from './create.ts';

describe('a list of mailboxes', () => {
  it('is one address a line', () => {
    expect(addressesOf('\uFEFFanna@source.test\r\n\r\n# not this one\nkim@source.test')).toEqual([
      'anna@source.test',
      'kim@source.test',
    ]);
  });

  it('is a CSV whose column is named for an address, wherever it stands', () => {
    expect(addressesOf('Name;Mail\n"Müller; Anna";anna@source.test\nKim;kim@source.test')).toEqual([
      'anna@source.test',
      'kim@source.test',
    ]);
  });

  it('takes the first column where no column is named for an address', () => {
    expect(addressesOf('who,where\nanna@source.test,Oslo')).toEqual(['anna@source.test']);
  });

  it('is refused with a next step when it is no list', () => {
    expect(() => addressesOf('"unclosed\nanna@source.test')).toThrow(UsageError);
  });
});

describe('the path of a public-folder subtree', () => {
  it('has one form', () => {
    expect(['\\Sales\\EMEA', '/Sales/EMEA/', 'Sales/EMEA'].map(treePath)).toEqual(Array(3).fill('/Sales/EMEA'));
    expect(['\\', '/', ''].map(treePath)).toEqual(['/', '/', '/']);
  });
});
