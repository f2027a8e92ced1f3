import type { CallOptions, Result, StreamContent } from '../../mail-store.ts';
import { ewsError } from '../codes.ts';
import { itemIdsXml } from '../ids.ts';
import { bulk, messages, resultsOf, type Session } from '../run.ts';
import { child } from '../xml.ts';

/**
 * ExportItems: whole items as FastTransfer streams. Ids in the answer may be written differently, so answers belong to
 * the requests by position. A stream that the server cut short (truncation mark) is an ErrorInternalServerTransientError
 * and is fetched again.
 */
export async function exportItems(
  session: Session,
  ids: string[],
  options: CallOptions = {},
): Promise<Result<StreamContent>[]> {
  return bulk(
    session,
    ids,
    async (asked) => {
      const body = `<m:ExportItems>${itemIdsXml(asked)}</m:ExportItems>`;
      const found = await messages(
        session,
        { operation: 'ExportItems', body, repeatable: true, blobs: ['Data'], ...options },
        asked.length,
      );
      const results = resultsOf(found, asked.length, (message) => child(message, 'Data')?.blob);
      return results.map((result): Result<StreamContent> => {
        if (!result.ok) return result;
        const blob = result.value;
        if (blob && !blob.truncated && blob.size > 0)
          return { ok: true, value: { form: 'stream', parts: blob.parts, size: blob.size } };
        return {
          ok: false,
          error: blob?.truncated
            ? ewsError('ErrorInternalServerTransientError', 'the server ended the stream before its end')
            : ewsError('ErrorCorruptData', 'the server sent an empty stream'),
        };
      });
    },
    { rounds: 3, signal: options.signal },
  );
}
