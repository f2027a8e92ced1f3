import type { TargetChangePolicy } from '../../domain/batch-options.ts';

/** What became of the source's item since we last wrote either side. */
export type SourceState = 'same' | 'changed' | 'gone';

/**
 * What is done for a change in the target: `write` it into the source's item, `create` the source's item anew, `remove`
 * the source's item, `leave` it to the copy from source to target, `restore` the target's item by that copy, `forget` the
 * pair, or tell a person of the `conflict`.
 */
export type Action = 'write' | 'create' | 'remove' | 'leave' | 'restore' | 'forget' | 'conflict';

/** Times of the last changes, ms since the epoch. */
export interface Times {
  source: number | null;
  target: number | null;
}

/** An item that was changed in the target. Where the newest wins, a change wins over a deletion. */
export function onChanged(rule: TargetChangePolicy, source: SourceState, times: Times): Action {
  if (source === 'same') return 'write';
  const take: Action = source === 'gone' ? 'create' : 'write';
  switch (rule) {
    case 'source':
      return 'leave';
    case 'target':
      return take;
    case 'newest':
      return source === 'changed' && (times.source ?? 0) > (times.target ?? 0) ? 'leave' : take;
    case 'report':
      return 'conflict';
  }
}

/** An item that was removed in the target. */
export function onRemoved(rule: TargetChangePolicy, source: SourceState): Action {
  if (source === 'gone') return 'forget';
  if (source === 'same') return 'remove';
  switch (rule) {
    case 'source':
    case 'newest':
      return 'restore';
    case 'target':
      return 'remove';
    case 'report':
      return 'conflict';
  }
}
