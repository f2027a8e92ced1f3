import { Box, Button, MenuItem, TextField, Typography } from '@mui/material';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { TARGET_CHANGE_POLICIES, type TargetChangePolicy } from '../../../core/domain/batch-options.ts';
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

type Rule = TargetChangePolicy | 'off';

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
            <td>
              {wordsOf(span.target ?? SAME, t)}
              {span.bothWays && `, ${t.bothWaysNow(t.rules[span.bothWays])}`}
            </td>
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
  const [rule, setRule] = useState<Rule>(span.bothWays ?? 'off');
  const { kind, address, below } = target;
  const save = useMutation({
    mutationFn: async () => {
      const [batch, before] = [span.batchId, span.target ?? SAME];
      if (kind !== before.kind || address !== before.address || below !== before.below) {
        const to = { path: span.root, kind, address: address.trim(), below: below.trim() };
        await api.publicFolders.setTarget.mutate({ batch, target: to });
      }
      if (rule !== (span.bothWays ?? 'off')) {
        await api.publicFolders.setTwoWay.mutate({ batch, path: span.root, rule: rule === 'off' ? null : rule });
      }
    },
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
        <TargetFields
          target={target}
          onChange={(next) => {
            setTarget(next);
            if (next.kind !== 'publicFolders') setRule('off');
          }}
        />
        <TextField
          select
          label={t.directions}
          value={rule}
          disabled={kind !== 'publicFolders'}
          helperText={t.directionsHint}
          onChange={(event) => setRule(event.target.value as Rule)}
        >
          <MenuItem value="off">{t.oneWay}</MenuItem>
          {TARGET_CHANGE_POLICIES.map((one) => (
            <MenuItem key={one} value={one}>
              {t.bothWays(t.rules[one])}
            </MenuItem>
          ))}
        </TextField>
      </Box>
    </Ask>
  );
}

function wordsOf({ kind, address, below }: Target, t: ReturnType<typeof useTexts>['folders']): string {
  if (kind === 'publicFolders') return t.kinds.publicFolders;
  return `${t.kinds[kind]}: ${address}${below && ` / ${below}`}`;
}
