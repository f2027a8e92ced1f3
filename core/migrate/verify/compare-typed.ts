import type { MailStore } from '../../exchange/mail-store.ts';
import type { Compared, Pair } from './compare-content.ts';

/** What a list shows of both: class, times, flags, read state. */
export function compareFacts({ source, target }: Pair): string[] {
  const differences: string[] = [];
  const differ = (what: string, a: unknown, b: unknown): void => {
    if (a !== null && b !== null && a !== b) differences.push(`${what} different`);
  };
  differ('item class', source.itemClass.toLowerCase(), target.itemClass.toLowerCase());
  differ('received time', seconds(source.received), seconds(target.received));
  differ('sent time', seconds(source.sent), seconds(target.sent));
  differ('read state', source.read, target.read);
  differ('folder-associated', source.associated, target.associated);
  differ('message id', source.messageId, target.messageId);
  return differences;
}

/** Lists are exact to the second: servers round what they show. */
function seconds(ms: number | null): number | null {
  return ms === null ? null : Math.floor(ms / 1000);
}

export async function compareTyped(
  _source: MailStore,
  _target: MailStore,
  pairs: Pair[],
  _signal: AbortSignal,
): Promise<Compared[]> {
  return pairs.map((pair) => ({
    pair,
    method: 'facts',
    differences: compareFacts(pair),
    digest: null,
    unreadable: null,
  }));
}
