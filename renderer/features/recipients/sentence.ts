import { useQuery } from '@tanstack/react-query';
import { useTexts } from '../../app/texts.ts';
import { api, type Outputs } from '../../rpc/client.ts';
import { count, exactTime } from '../../ui/figures.ts';

const MAILBOXES = new Set(['mailbox', 'sharedMailbox', 'roomMailbox', 'equipmentMailbox', 'linkedMailbox']);

/** How things stand with the directory of a side, in one sentence. */
export function useSentence(side: 'source' | 'target', facets: Outputs['recipients']['facets'] | undefined) {
  const { recipients: t } = useTexts();
  const states = useQuery({
    queryKey: ['discover', 'state'],
    queryFn: ({ signal }) => api.discover.state.query(undefined, { signal }),
  });
  if (!facets || !states.data) return undefined;
  const own = states.data.filter(({ role }) => role === side);
  if (facets.total === 0) return t.sentenceNone;
  const read = Math.max(0, ...own.map(({ deltaAt, fullAt }) => deltaAt ?? fullAt ?? 0));
  return t.sentence({
    forest: own.map(({ forest }) => forest).join(', '),
    total: count(facets.total),
    mailboxes: count(
      facets.kinds.filter(({ value }) => MAILBOXES.has(value)).reduce((sum, facet) => sum + facet.count, 0),
    ),
    read: read > 0 ? exactTime(read) : undefined,
  });
}
