import { Box, Typography } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { MATCH_STATES } from '../../../core/domain/words.ts';
import { useTexts } from '../../app/texts.ts';
import { api, type Outputs } from '../../rpc/client.ts';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { count, exactTime } from '../../ui/figures.ts';
import { MatchMark } from '../../ui/MatchMark.tsx';
import { Table } from '../../ui/Table.tsx';
import { EditorPage } from './EditorPage.tsx';
import { useDraft, useTried } from './useDraft.ts';

type Preview = Outputs['match']['rules']['preview'];

/** Rules of one's own for matching, tried on the stored objects while they are written. */
export function RulesPage() {
  const { rules: t, matches: tm } = useTexts();
  const [rule, setRule] = useState<string>();
  const kept = useQuery({
    queryKey: ['match', 'rulesText'],
    queryFn: ({ signal }) => api.match.rules.get.query(undefined, { signal }),
  });
  const own = kept.data?.saved ?? undefined;
  const draft = useDraft(own?.text);
  const { problems, tried, error } = useTried(
    ['match', 'rulesTried', rule],
    draft.settled,
    (text, signal) => api.match.rules.validate.mutate({ text }, { signal }),
    (text, signal) => api.match.rules.preview.mutate({ text, ...(rule && { rule }) }, { signal }),
  );
  return (
    <EditorPage
      title={t.title}
      parent={{ to: '/matches', label: tm.title }}
      sentence={kept.data && (own ? t.sentence.own(own.savedBy, exactTime(own.savedAt)) : t.sentence.builtIn)}
      label={t.text}
      draft={draft}
      builtIn={kept.data?.builtIn}
      own={own !== undefined}
      problems={problems}
      vocabulary={kept.data}
      saveLabel={t.save}
      save={(text) => api.match.rules.save.mutate({ text })}
      saved={t.saved}
    >
      {(kept.error ?? error) ? <ErrorNote error={kept.error ?? error} /> : null}
      {tried.isFetching && (
        <Typography variant="body2" color="text.secondary" role="status">
          {t.previewing}
        </Typography>
      )}
      {tried.data && <Tried preview={tried.data} rule={rule} choose={setRule} />}
    </EditorPage>
  );
}

function Tried({
  preview,
  rule,
  choose,
}: {
  preview: Preview;
  rule: string | undefined;
  choose: (rule: string | undefined) => void;
}) {
  const { rules: t, recipients: tr, matches: tm } = useTexts();
  const c = t.columns;
  return (
    <Box sx={{ display: 'grid', gap: 4, minWidth: 0 }}>
      <Typography variant="body2" sx={{ fontWeight: 600 }}>
        {t.changed(preview.changed, count(preview.changed))}
      </Typography>
      <Table
        label={t.counts}
        head={[{ title: c.state }, { title: c.now, right: true }, { title: c.later, right: true }]}
      >
        {MATCH_STATES.map((state) => (
          <tr key={state}>
            <td>
              <MatchMark state={state} />
            </td>
            <td className="right">{count(preview.now[state])}</td>
            <td className="right">
              {preview.now[state] === preview.counts[state] ? (
                count(preview.counts[state])
              ) : (
                <b>{count(preview.counts[state])}</b>
              )}
            </td>
          </tr>
        ))}
      </Table>
      <Table
        label={t.rulesOf}
        head={[
          { title: c.rule },
          { title: c.pairs, right: true, width: '90px' },
          { title: c.matched, right: true, width: '90px' },
        ]}
      >
        {preview.rules
          .filter(({ sources }) => sources > 0)
          .map((one) => (
            <tr key={`${one.kind} ${one.name}`}>
              <td>
                <Box
                  component="button"
                  type="button"
                  aria-pressed={rule === one.name}
                  aria-label={t.choose(one.name)}
                  onClick={() => choose(rule === one.name ? undefined : one.name)}
                  sx={{
                    all: 'unset',
                    cursor: 'pointer',
                    color: 'primary.main',
                    fontWeight: rule === one.name ? 600 : 400,
                    '&:focus-visible': { outline: '2px solid currentColor' },
                  }}
                >
                  {tm.rules[one.name] ?? one.name}
                </Box>
              </td>
              <td className="right">{count(one.pairs)}</td>
              <td className="right">{count(one.matched)}</td>
            </tr>
          ))}
      </Table>
      {rule && preview.pairs.length > 0 && (
        <Table
          label={t.pairsOf(tm.rules[rule] ?? rule)}
          head={[{ title: c.source }, { title: c.target }, { title: c.value }]}
        >
          {preview.pairs.map((pair) => (
            <tr key={`${pair.sourceId} ${pair.targetId}`}>
              <td>{pair.sourceName.slice(0, 120)}</td>
              <td>{pair.targetName?.slice(0, 120)}</td>
              <td>{pair.value.slice(0, 200)}</td>
            </tr>
          ))}
        </Table>
      )}
      {preview.changes.length > 0 && (
        <Table
          label={t.changes}
          head={[{ title: c.source }, { title: c.from, width: '120px' }, { title: c.to, width: '120px' }]}
        >
          {preview.changes.map((change) => (
            <tr key={change.sourceId}>
              <td>{change.sourceDn}</td>
              <td>{change.from === 'new' ? '' : tr.matches[change.from]}</td>
              <td>{tr.matches[change.to]}</td>
            </tr>
          ))}
        </Table>
      )}
    </Box>
  );
}
