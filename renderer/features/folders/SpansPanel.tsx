import { Box, Button, Typography } from '@mui/material';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { toast } from '../../app/Toasts.tsx';
import { useTexts } from '../../app/texts.ts';
import { api } from '../../rpc/client.ts';
import { Ask } from '../../ui/Ask.tsx';
import { TextLink } from '../../ui/LinkButton.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { StateMark } from '../../ui/StateMark.tsx';
import { Table } from '../../ui/Table.tsx';
import type { Span } from './FoldersPage.tsx';
import { readable } from './paths.ts';
import { isComplete, SAME, type Target, TargetFields } from './TargetFields.tsx';

/** Subtrees that are in batches, and where each goes; that can be changed until its first sync. */
export function SpansPanel({ spans }: { spans: readonly Span[] }) {
  const { folders: t } = useTexts();
  const [asked, setAsked] = useState<Span>();
  if (spans.length === 0) return null;
  return (
    <Panel title={t.spans}>
      <Table
        label={t.spans}
        head={[
          { title: t.columns.name, width: '28%' },
          { title: t.columns.batch, width: '24%' },
          { title: t.kind },
          { title: '', width: '90px' },
        ]}
      >
        {spans.map((span) => (
          <tr key={span.id}>
            <td>{span.root === '/' ? t.root : readable(span.root)}</td>
            <td>
              <StateMark state={span.state} quiet />{' '}
              <TextLink to="/batches/$batchId" params={{ batchId: span.batchId }} search={{ row: span.id }}>
                <bdi>{span.batch}</bdi>
              </TextLink>
            </td>
            <td>{wordsOf(span.target ?? SAME, t)}</td>
            <td>
              <Button aria-label={t.changeTargetOf(readable(span.root))} onClick={() => setAsked(span)}>
                {t.changeTarget}
              </Button>
            </td>
          </tr>
        ))}
      </Table>
      {asked && <AskTarget span={asked} onClose={() => setAsked(undefined)} />}
    </Panel>
  );
}

function AskTarget({ span, onClose }: { span: Span; onClose: () => void }) {
  const { folders: t } = useTexts();
  const client = useQueryClient();
  const [target, setTarget] = useState<Target>(span.target ?? SAME);
  const { kind, address, below } = target;
  const save = useMutation({
    mutationFn: () =>
      api.publicFolders.setTarget.mutate({
        batch: span.batchId,
        target: { path: span.root, kind, address: address.trim(), below: below.trim() },
      }),
    onSuccess: () => {
      toast(t.targetSet(readable(span.root)));
      onClose();
      return client.invalidateQueries({ queryKey: ['batches'] });
    },
  });
  return (
    <Ask
      open
      title={t.targetTitle(readable(span.root))}
      confirm={t.setTarget}
      pending={save.isPending}
      error={save.error}
      disabled={!isComplete(target)}
      onConfirm={() => save.mutate()}
      onClose={onClose}
    >
      <Typography variant="body2">{t.targetText}</Typography>
      <Box sx={{ display: 'grid', gap: 3, pt: 4 }}>
        <TargetFields target={target} onChange={setTarget} />
      </Box>
    </Ask>
  );
}

function wordsOf({ kind, address, below }: Target, t: ReturnType<typeof useTexts>['folders']): string {
  if (kind === 'publicFolders') return t.kinds.publicFolders;
  return `${t.kinds[kind]}: ${address}${below && ` / ${below}`}`;
}
