import { Box, Button, Skeleton, Typography } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTexts } from '../../app/texts.ts';
import { api } from '../../rpc/client.ts';
import { Drawer } from '../../ui/Drawer.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { count } from '../../ui/figures.ts';
import { MatchMark } from '../../ui/MatchMark.tsx';
import { Comparison } from './Comparison.tsx';
import { candidatesOf } from './candidates.ts';
import type { Queue } from './useQueue.ts';

/** A source object beside the target objects that come near, and the decision. */
export function DecisionPanel({
  sourceId,
  queue,
  left,
  onClose,
}: {
  sourceId: number;
  queue: Queue;
  left: number | undefined;
  onClose: () => void;
}) {
  const { matches: t, recipients: tr } = useTexts();
  const shown = useQuery({
    queryKey: ['match', 'show', sourceId],
    queryFn: ({ signal }) => api.match.show.query({ sourceId }, { signal }),
  });
  const data = shown.data;
  const line = data?.line;
  const candidates = data ? candidatesOf(data) : [];
  useEffect(() => {
    if (!line) return;
    const choose = (index: number) => {
      const one = candidates[index];
      if (one) queue.decide(line, { kind: 'match', targetDn: one.dn, targetName: one.name });
      return one !== undefined;
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || busyElsewhere(event)) return;
      const key = event.key.toLowerCase();
      let done = true;
      if (/^[1-9]$/.test(key)) done = choose(Number(key) - 1);
      else if (key === 'enter' && line.state !== 'matched') done = choose(0);
      else if (key === 'n') queue.decide(line, { kind: 'none' });
      else if (key === 'c') queue.decide(line, { kind: 'create' });
      else if (key === 's') queue.skip();
      else if (key === 'u') queue.undo();
      else done = false;
      if (done) event.preventDefault();
    };
    window.addEventListener('keydown', onKey, { capture: true });
    return () => window.removeEventListener('keydown', onKey, { capture: true });
  });
  return (
    <Drawer
      title={line ? line.sourceName : <Skeleton width={180} />}
      note={t.title}
      onClose={onClose}
      width={1000}
      large
      actions={
        left !== undefined && (
          <Typography variant="body2" color="text.secondary" role="status" noWrap>
            {t.left(count(left))}
          </Typography>
        )
      }
    >
      {shown.error && <ErrorNote error={shown.error} retry={() => void shown.refetch()} />}
      {data && line && (
        <>
          <Box sx={{ display: 'flex', gap: 3, alignItems: 'center', flexWrap: 'wrap' }}>
            <MatchMark state={line.state} />
            <Typography variant="body2" color="text.secondary" sx={{ flex: 1, minWidth: 160 }}>
              {line.evidence.find((one) => one.verdict === 'info')?.note ?? t.rules[line.rule] ?? line.rule}
            </Typography>
          </Box>
          {candidates.length === 0 && (
            <Typography variant="body2" color="text.secondary">
              {t.noCandidate}
            </Typography>
          )}
          <Comparison
            data={data}
            candidates={candidates}
            pending={queue.pending}
            onChoose={(one) => queue.decide(line, { kind: 'match', targetDn: one.dn, targetName: one.name })}
          />
          <Box sx={{ display: 'flex', gap: 2, flexWrap: 'wrap', alignItems: 'center' }}>
            <Button disabled={queue.pending} onClick={() => queue.decide(line, { kind: 'none' })} aria-keyshortcuts="n">
              {t.none}
            </Button>
            <Button
              disabled={queue.pending}
              onClick={() => queue.decide(line, { kind: 'create' })}
              aria-keyshortcuts="c"
            >
              {t.create}
            </Button>
            {queue.queued && (
              <Button disabled={queue.pending} onClick={queue.skip} aria-keyshortcuts="s">
                {t.skip}
              </Button>
            )}
            <Button disabled={queue.pending || !queue.canUndo} onClick={queue.undo} aria-keyshortcuts="u">
              {t.undo}
            </Button>
            <Typography variant="caption" color="text.secondary" sx={{ flex: 1, minWidth: 200 }}>
              {t.keys}
            </Typography>
          </Box>
          <span className="visually-hidden">{tr.matches[line.state]}</span>
        </>
      )}
    </Drawer>
  );
}

/** Somebody types, works in a dialog or menu, or has a button under the keyboard. */
function busyElsewhere(event: KeyboardEvent): boolean {
  const { target } = event;
  if (document.querySelector('[role=dialog], [role=menu], [role=listbox]')) return true;
  if (!(target instanceof HTMLElement)) return false;
  if (target.matches('input, textarea, select, [contenteditable]')) return true;
  return event.key === 'Enter' && target.matches('button, a, [role=button], [role=combobox]');
}
