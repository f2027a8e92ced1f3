import { Button, Typography } from '@mui/material';
import { useNavigate } from '@tanstack/react-router';
import type { State } from '../../../core/domain/words.ts';
import { useTexts } from '../../app/texts.ts';
import type { Outputs } from '../../rpc/client.ts';
import { Answer } from '../../ui/Answer.tsx';
import { count } from '../../ui/figures.ts';
import { Mark } from '../../ui/Mark.tsx';
import { Table } from '../../ui/Table.tsx';

type Healed = Outputs['match']['heal'];

/** Addresses on the page; the plan has all of them. */
const SHOWN = 200;

const LOOKS: Record<Healed['addresses'][number]['outcome'], { tone: State; sign: string }> = {
  add: { tone: 'syncing', sign: '+' },
  there: { tone: 'done', sign: '✓' },
  unmatched: { tone: 'decision', sign: '▲' },
  ambiguous: { tone: 'decision', sign: '▲' },
  unknown: { tone: 'decision', sign: '▲' },
};

/** What bounce messages told: the addresses that are missing, with the plan that adds them, and what needs a person. */
export function HealAnswer({
  healed,
  pending,
  error,
  onClose,
}: {
  healed: Healed | undefined;
  pending: boolean;
  error: unknown;
  onClose: () => void;
}) {
  const { matches: t } = useTexts();
  const navigate = useNavigate();
  const plan = healed?.planId ?? undefined;
  const missing = healed?.addresses.filter(({ outcome }) => outcome === 'add').length ?? 0;
  const c = t.healColumns;
  return (
    <Answer
      title={t.healTitle}
      pending={pending}
      error={error}
      wide
      onClose={onClose}
      action={
        plan !== undefined && (
          <Button variant="contained" autoFocus onClick={() => void navigate({ to: '/prepare', search: { plan } })}>
            {t.healPlan}
          </Button>
        )
      }
    >
      {healed && (
        <>
          <Typography variant="body2" role="status" sx={{ mb: 2 }}>
            {t.healSentence(count(healed.messages), count(healed.bounces), missing, count(missing))}
          </Typography>
          {healed.problems.slice(0, SHOWN).map(({ where, reason }) => (
            <Typography key={where} variant="body2" color="error">
              {t.healProblem(where, reason)}
            </Typography>
          ))}
          {healed.addresses.length > 0 && (
            <Table
              label={t.healTitle}
              head={[{ title: c.outcome, width: '140px' }, { title: c.address }, { title: c.object }]}
            >
              {healed.addresses.slice(0, SHOWN).map(({ address, outcome, object, reason }) => (
                <tr key={address}>
                  <td>
                    <Mark {...LOOKS[outcome]} word={t.healOutcomes[outcome]} />
                  </td>
                  <td>{address}</td>
                  <td>
                    {object}
                    <Typography variant="caption" component="div" color="text.secondary">
                      {reason}
                    </Typography>
                  </td>
                </tr>
              ))}
            </Table>
          )}
        </>
      )}
    </Answer>
  );
}
