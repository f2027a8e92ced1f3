import { Button, LinearProgress, Menu, MenuItem } from '@mui/material';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { showError, toast } from '../../app/Toasts.tsx';
import { useTexts } from '../../app/texts.ts';
import { api } from '../../rpc/client.ts';
import { count } from '../../ui/figures.ts';
import { LinkButton } from '../../ui/LinkButton.tsx';
import { saveText } from '../../ui/save.ts';
import { ImportDialog } from './ImportDialog.tsx';
import type { Query } from './MatchesPage.tsx';

/** Runs the rules; hands matches out for review and takes them back. */
export function MatchActions({ first, query }: { first: boolean; query: Query }) {
  const { matches: t, frame, rules } = useTexts();
  const client = useQueryClient();
  const input = useRef<HTMLInputElement>(null);
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
            input.current?.click();
          }}
        >
          {t.import}
        </MenuItem>
      </Menu>
      <input
        ref={input}
        type="file"
        accept=".csv,text/csv"
        hidden
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          event.target.value = '';
          if (file) void file.text().then(setContent, showError);
        }}
      />
      {content !== undefined && <ImportDialog content={content} onClose={() => setContent(undefined)} />}
      <Button variant={first ? 'contained' : 'outlined'} disabled={run.isPending} onClick={() => run.mutate()}>
        {first ? t.run : t.runAgain}
      </Button>
    </>
  );
}
