import { Button, LinearProgress, Menu, MenuItem } from '@mui/material';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { showError, toast } from '../../app/Toasts.tsx';
import { useTexts } from '../../app/texts.ts';
import { api, Refused } from '../../rpc/client.ts';
import { count } from '../../ui/figures.ts';
import { LinkButton } from '../../ui/LinkButton.tsx';
import { saveText } from '../../ui/save.ts';
import { usePickedFiles } from '../../ui/usePickedFiles.tsx';
import { HealAnswer } from './HealAnswer.tsx';
import { ImportDialog } from './ImportDialog.tsx';
import type { Query } from './MatchesPage.tsx';

/** What is sent at once, bytes: the service takes 64 MB, and the files travel in base64. */
const MOST_BYTES = 40_000_000;

/** Runs the rules; hands matches out for review and takes them back. */
export function MatchActions({ first, query }: { first: boolean; query: Query }) {
  const { matches: t, frame, rules } = useTexts();
  const client = useQueryClient();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const [content, setContent] = useState<string>();
  const run = useMutation({
    mutationFn: () => api.match.run.mutate({}),
    onSuccess: ({ counts }) => {
      toast(t.ranToast(count(counts.matched), count(counts.conflict + counts.review)));
      return client.invalidateQueries();
    },
    onError: showError,
  });
  const heal = useMutation({
    mutationFn: async (files: File[]) => {
      if (files.reduce((sum, { size }) => sum + size, 0) > MOST_BYTES) throw new Refused(t.healLarge);
      const sent = files.map(async (file) => ({ name: file.name, base64: (await file.bytes()).toBase64() }));
      return await api.match.heal.mutate({ files: await Promise.all(sent) });
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ['prepare'] }),
  });
  const bounces = usePickedFiles('.eml,.mbox,.mbx,.txt,message/rfc822', heal.mutate, { multiple: true });
  const review = usePickedFiles('.csv,text/csv', ([file]) => {
    if (file) void file.text().then(setContent, showError);
  });
  const exportAll = () => {
    setAnchor(null);
    void api.match.exportText.query(query).then((file) => saveText('matches-review.csv', file.content), showError);
  };
  return (
    <>
      {run.isPending && <LinearProgress aria-label={t.running} sx={{ width: 120 }} />}
      <LinkButton to="/matches/rules">{rules.open}</LinkButton>
      {!first && (
        <Button aria-haspopup="menu" onClick={(event) => setAnchor(event.currentTarget)}>
          {frame.moreActions}
        </Button>
      )}
      <Menu anchorEl={anchor} open={anchor !== null} onClose={() => setAnchor(null)}>
        <MenuItem dense onClick={exportAll}>
          {t.export}
        </MenuItem>
        <MenuItem
          dense
          onClick={() => {
            setAnchor(null);
            review.pick();
          }}
        >
          {t.import}
        </MenuItem>
        <MenuItem
          dense
          onClick={() => {
            setAnchor(null);
            bounces.pick();
          }}
        >
          {t.heal}
        </MenuItem>
      </Menu>
      {review.field}
      {bounces.field}
      {!heal.isIdle && (
        <HealAnswer healed={heal.data} pending={heal.isPending} error={heal.error} onClose={heal.reset} />
      )}
      {content !== undefined && <ImportDialog content={content} onClose={() => setContent(undefined)} />}
      <Button variant={first ? 'contained' : 'outlined'} disabled={run.isPending} onClick={() => run.mutate()}>
        {first ? t.run : t.runAgain}
      </Button>
    </>
  );
}
