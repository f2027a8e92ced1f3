import { Typography } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { LOCK_STATES, type LockState } from '../../../core/domain/folder-lock.ts';
import type { State } from '../../../core/domain/words.ts';
import { useTexts } from '../../app/texts.ts';
import { api, type Outputs } from '../../rpc/client.ts';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { count } from '../../ui/figures.ts';
import { Mark } from '../../ui/Mark.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { Table } from '../../ui/Table.tsx';

type Lock = Outputs['publicFolders']['locks']['locks'][number];

/** Folders that are listed; the rest are counted. */
const SHOWN = 200;

const LOOKS: Record<LockState, { tone: State; sign: string }> = {
  blocked: { tone: 'decision', sign: '▲' },
  locking: { tone: 'syncing', sign: '◐' },
  locked: { tone: 'held', sign: '‖' },
  releasing: { tone: 'syncing', sign: '◐' },
  released: { tone: 'done', sign: '✓' },
};
/** What needs a person stands first. */
const ORDER = Object.keys(LOOKS) as LockState[];

/** Which public folders of a batch are locked for their last delta, and what blocks the others; nothing without such folders. */
export function LocksPanel({ batch }: { batch: number }) {
  const { cutover: t } = useTexts();
  const c = t.columns;
  const shown = useQuery({
    queryKey: ['batches', 'locks', batch],
    queryFn: ({ signal }) => api.publicFolders.locks.query({ batch }, { signal }),
    refetchInterval: 5_000,
  });
  const { data } = shown;
  if (shown.error) return <ErrorNote error={shown.error} retry={() => void shown.refetch()} />;
  if (!data || data.subtrees === 0) return null;
  const locks = data.locks.toSorted((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
  return (
    <Panel title={t.locksTitle}>
      <Typography variant="body2" color="text.secondary" role="status" sx={{ mb: 2 }}>
        {locks.length === 0
          ? t.noLocks
          : t.locks(countsOf(locks).map(([state, n]) => `${count(n)} ${t.lockStates[state]}`))}
      </Typography>
      {locks.length > 0 && (
        <Table
          label={t.locksTitle}
          head={[{ title: c.folder, width: '40%' }, { title: c.state, width: '130px' }, { title: c.why }]}
        >
          {locks.slice(0, SHOWN).map(({ path, state, reason, workloadId, folderId }) => (
            <tr key={`${workloadId} ${folderId}`}>
              <td>{path}</td>
              <td>
                <Mark {...LOOKS[state]} word={t.lockStates[state]} />
              </td>
              <td>{reason}</td>
            </tr>
          ))}
        </Table>
      )}
      {locks.length > SHOWN && (
        <Typography variant="body2" color="text.secondary" sx={{ pt: 2 }}>
          {t.of(count(SHOWN), count(locks.length))}
        </Typography>
      )}
    </Panel>
  );
}

function countsOf(locks: readonly Lock[]): [LockState, number][] {
  return LOCK_STATES.map((state): [LockState, number] => [
    state,
    locks.filter((lock) => lock.state === state).length,
  ]).filter(([, n]) => n > 0);
}
