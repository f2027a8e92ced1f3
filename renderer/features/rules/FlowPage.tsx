import { Box, Button, TextField, Typography } from '@mui/material';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTexts } from '../../app/texts.ts';
import { api, type Outputs } from '../../rpc/client.ts';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { count, exactTime } from '../../ui/figures.ts';
import { Table } from '../../ui/Table.tsx';
import { EditorPage } from './EditorPage.tsx';
import { useDraft, useTried } from './useDraft.ts';

/** Which attribute of the target comes from where, in words of one's own, tried while it is written. */
export function FlowPage() {
  const { rules: t, prepare: tp } = useTexts();
  const kept = useQuery({
    queryKey: ['prepare', 'flow'],
    queryFn: ({ signal }) => api.prepare.flow.get.query(undefined, { signal }),
  });
  const own = kept.data?.saved ?? undefined;
  const draft = useDraft(own?.text);
  const { problems, tried, error } = useTried(
    ['prepare', 'flowTried'],
    draft.settled,
    (text, signal) => api.prepare.flow.validate.mutate({ text }, { signal }),
    (text, signal) => api.prepare.flow.preview.mutate({ text }, { signal }),
  );
  return (
    <EditorPage
      title={t.flowTitle}
      parent={{ to: '/prepare', label: tp.title }}
      sentence={kept.data && (own ? t.flowSentence.own(own.savedBy, exactTime(own.savedAt)) : t.flowSentence.builtIn)}
      label={t.flowText}
      draft={draft}
      builtIn={kept.data?.builtIn}
      own={own !== undefined}
      problems={problems}
      vocabulary={kept.data}
      saveLabel={t.saveFlow}
      save={(text) => api.prepare.flow.save.mutate({ text })}
      saved={t.flowSaved}
    >
      {(kept.error ?? error) ? <ErrorNote error={kept.error ?? error} /> : null}
      {tried.isFetching && (
        <Typography variant="body2" color="text.secondary" role="status">
          {t.previewing}
        </Typography>
      )}
      {tried.data && <Differences preview={tried.data} />}
      <OneObject text={problems.length === 0 && draft.settled.trim() !== '' ? draft.settled : undefined} />
    </EditorPage>
  );
}

function Differences({ preview }: { preview: Outputs['prepare']['flow']['preview'] }) {
  const { rules: t } = useTexts();
  const f = t.flow;
  return (
    <Box sx={{ display: 'grid', gap: 3, mb: 4 }}>
      <Typography variant="body2" sx={{ fontWeight: 600 }}>
        {f.objects(preview.objects, count(preview.objects))}
      </Typography>
      {preview.attributes.length > 0 && (
        <Table
          label={f.attributes}
          head={[{ title: f.attribute }, { title: f.objectsHead, right: true, width: '100px' }]}
        >
          {preview.attributes.map((one) => (
            <tr key={one.attribute}>
              <td>{one.attribute}</td>
              <td className="right">{count(one.objects)}</td>
            </tr>
          ))}
        </Table>
      )}
      {preview.differences.length > 0 && (
        <Table
          label={f.differences}
          head={[
            { title: t.columns.source, width: '34%' },
            { title: f.attribute, width: '18%' },
            { title: f.inForce },
            { title: f.proposed },
          ]}
        >
          {preview.differences.map((one) => (
            <tr key={`${one.sourceDn} ${one.attribute}`}>
              <td>{one.sourceDn}</td>
              <td>{one.attribute}</td>
              <td>{one.inForce.join(', ').slice(0, 300)}</td>
              <td>{one.proposed.join(', ').slice(0, 300)}</td>
            </tr>
          ))}
        </Table>
      )}
    </Box>
  );
}

/** Every attribute of one object on its way, by what is being written or by what is in force. */
function OneObject({ text }: { text: string | undefined }) {
  const { rules: t } = useTexts();
  const f = t.flow;
  const [object, setObject] = useState('');
  const show = useMutation({
    mutationFn: () => api.prepare.flow.show.mutate({ object: object.trim(), ...(text !== undefined && { text }) }),
  });
  return (
    <Box sx={{ display: 'grid', gap: 3 }}>
      <Box
        component="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (object.trim() !== '') show.mutate();
        }}
        sx={{ display: 'flex', gap: 2 }}
      >
        <TextField fullWidth label={f.object} value={object} onChange={(event) => setObject(event.target.value)} />
        <Button type="submit" variant="outlined" disabled={object.trim() === '' || show.isPending}>
          {f.show}
        </Button>
      </Box>
      {show.error && <ErrorNote error={show.error} />}
      {show.data && (
        <>
          <Typography variant="body2" sx={{ overflowWrap: 'anywhere' }}>
            {f.goesTo(show.data.targetDn)}
          </Typography>
          <Table
            label={f.one}
            head={[
              { title: f.attribute, width: '20%' },
              { title: f.how, width: '20%' },
              { title: f.source },
              { title: f.now },
              { title: f.result },
            ]}
          >
            {show.data.rows.map((row) => (
              <tr key={`${row.direction} ${row.attribute}`}>
                <td>
                  {row.attribute} ({f.direction[row.direction]})
                </td>
                <td>{row.how}</td>
                <td>{row.source.join(', ').slice(0, 200)}</td>
                <td>{row.now.join(', ').slice(0, 200)}</td>
                <td>
                  {row.changes ? <b>{row.result.join(', ').slice(0, 200)}</b> : row.result.join(', ').slice(0, 200)}
                </td>
              </tr>
            ))}
          </Table>
        </>
      )}
    </Box>
  );
}
