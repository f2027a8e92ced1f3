import { expect, it } from 'vitest';
import { batchOptionsSchema } from '../../../core/domain/batch-options.ts';
import { CONTENT, isSound, optionsOf } from './content.ts';

it('says nothing else than the defaults as long as nobody changes anything', () => {
  expect(batchOptionsSchema.parse(optionsOf(CONTENT))).toEqual(batchOptionsSchema.parse({}));
  expect(isSound(CONTENT)).toBe(true);
});

it('takes what was written, as the command line does', () => {
  const written = {
    ...CONTENT,
    excludeFolders: '@deleteditems\n /Inbox/Old \n',
    since: '2020-01-31',
    itemClasses: 'IPM.Note, IPM.Appointment',
    maxItemMb: '1.5',
    archiveOlderThan: '730',
  };
  expect(batchOptionsSchema.parse(optionsOf(written))).toMatchObject({
    archiveOlderThanDays: 730,
    filter: {
      excludeFolders: ['@deleteditems', '/Inbox/Old'],
      since: Date.UTC(2020, 0, 31),
      until: null,
      itemClasses: ['IPM.Note', 'IPM.Appointment'],
      maxItemBytes: 1_572_864,
    },
  });
  expect(isSound(written)).toBe(true);
  expect(isSound({ ...CONTENT, maxItemMb: 'much' })).toBe(false);
  expect(isSound({ ...CONTENT, archiveOlderThan: '0' })).toBe(false);
  expect(isSound({ ...CONTENT, since: '2021-01-01', until: '2020-01-01' })).toBe(false);
});
