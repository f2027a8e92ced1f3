import { describe, expect, test } from 'vitest';
import { batchOptionsSchema } from '../../core/domain/batch-options.ts';
import { UsageError } from '../../core/domain/errors.ts';
import { readContent } from './batch-content.ts';

describe('what moves, on the command line', () => {
  test('becomes the options of a batch', () => {
    const options = readContent({
      include: ['@inbox', '/Projects'],
      exclude: ['@deleteditems'],
      since: '2020-02-29',
      until: '2024-01-01',
      itemClass: ['IPM.Note'],
      excludeItemClass: ['IPM.Note.Rules'],
      maxItemMb: '35.5',
      collisions: 'merge',
      targetChanges: 'newest',
      archiveOlderThan: '730',
      folderNames: 'source',
    });
    expect(batchOptionsSchema.parse(options)).toMatchObject({
      filter: {
        includeFolders: ['@inbox', '/Projects'],
        excludeFolders: ['@deleteditems'],
        since: Date.UTC(2020, 1, 29),
        until: Date.UTC(2024, 0, 1),
        itemClasses: ['IPM.Note'],
        excludeItemClasses: ['IPM.Note.Rules'],
        maxItemBytes: 37_224_448,
      },
      folderCollisions: 'merge',
      targetChanges: 'newest',
      archiveOlderThanDays: 730,
      defaultFolderNames: 'source',
    });
    expect(readContent({})).toEqual({});
  });

  test.each([
    { since: '2020' },
    { until: '31.12.2020' },
    { since: '2020-02-31x' },
    { maxItemMb: '-1' },
    { maxItemMb: 'much' },
    { archiveOlderThan: '0' },
    { collisions: 'both' },
    { targetChanges: 'me' },
    { folderNames: 'german' },
  ])('is refused where it makes no sense: %o', (options) => {
    expect(() => readContent(options)).toThrow(UsageError);
  });
});
