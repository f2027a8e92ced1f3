import type { CallOptions, Result } from '../../mail-store.ts';
import { itemIdsXml } from '../ids.ts';
import { bulk, messages, resultsOf, type Session } from '../run.ts';

/**
 * DeleteItem: recoverable (`SoftDelete`), and no meeting cancellation is sent. Repeated after a lost answer: what has gone
 * already answers that it is not found.
 */
export async function deleteItem(
  session: Session,
  ids: string[],
  type: 'SoftDelete' | 'HardDelete' | 'MoveToDeletedItems',
  options: CallOptions = {},
): Promise<Result<null>[]> {
  return bulk(
    session,
    ids,
    async (asked) => {
      const body = `<m:DeleteItem DeleteType="${type}" SendMeetingCancellations="SendToNone" AffectedTaskOccurrences="AllOccurrences">${itemIdsXml(asked)}</m:DeleteItem>`;
      const found = await messages(
        session,
        { operation: 'DeleteItem', body, repeatable: true, ...options },
        asked.length,
      );
      return resultsOf(found, asked.length, () => null);
    },
    { writes: true },
  );
}
