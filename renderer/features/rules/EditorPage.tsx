import { Box, Button } from '@mui/material';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { showError, toast } from '../../app/Toasts.tsx';
import { useTexts } from '../../app/texts.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { Page, Scroll } from '../../ui/Page.tsx';
import { PageHead } from '../../ui/PageHead.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { TextEditor, type TextProblem } from '../../ui/TextEditor.tsx';
import { Help } from './Help.tsx';
import type { useDraft } from './useDraft.ts';

export interface Vocabulary {
  functions: readonly { example: string; does: string }[];
  names: readonly { name: string; means: string }[];
}

/** A text of one's own at the left, what it would do at the right; nothing is in force until it is saved. */
export function EditorPage({
  title,
  parent,
  sentence,
  label,
  draft,
  builtIn,
  own,
  problems,
  vocabulary,
  saveLabel,
  save,
  saved,
  children,
}: {
  title: string;
  parent: { to: string; label: string };
  sentence: string | undefined;
  label: string;
  draft: ReturnType<typeof useDraft>;
  builtIn: string | undefined;
  /** Whether a text of one's own is in force. */
  own: boolean;
  problems: readonly TextProblem[];
  vocabulary: Vocabulary | undefined;
  saveLabel: string;
  save: (text: string) => Promise<unknown>;
  saved: string;
  children: ReactNode;
}) {
  const { rules: t } = useTexts();
  const client = useQueryClient();
  const keep = useMutation({
    mutationFn: (text: string) => save(text),
    onSuccess: (_result, text) => {
      draft.saved();
      toast(text === '' ? t.resetDone : saved);
      return client.invalidateQueries();
    },
    onError: showError,
  });
  const empty = draft.text.trim() === '';
  return (
    <Page>
      <PageHead
        title={title}
        parent={parent}
        sentence={sentence}
        actions={
          <>
            {own && (
              <Button disabled={keep.isPending} onClick={() => keep.mutate('')}>
                {t.reset}
              </Button>
            )}
            {empty && builtIn !== undefined && <Button onClick={() => draft.write(builtIn)}>{t.useBuiltIn}</Button>}
            <Button
              variant="contained"
              disabled={!draft.changed || empty || problems.length > 0 || keep.isPending}
              onClick={() => keep.mutate(draft.text)}
            >
              {saveLabel}
            </Button>
          </>
        }
      />
      <Scroll label={title}>
        <Box
          sx={{
            display: 'grid',
            gap: 4,
            gridTemplateColumns: { xs: 'minmax(0, 1fr)', lg: 'minmax(0, 1fr) minmax(0, 1fr)' },
            alignItems: 'start',
          }}
        >
          <Box sx={{ display: 'grid', gap: 4, minWidth: 0 }}>
            <TextEditor label={label} value={draft.text} onChange={draft.write} problems={problems} />
            {vocabulary && <Help {...vocabulary} />}
          </Box>
          <Panel title={t.preview}>
            {empty && <EmptyState title={t.nothingWritten} />}
            {children}
          </Panel>
        </Box>
      </Scroll>
    </Page>
  );
}
