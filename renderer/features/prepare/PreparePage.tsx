import { Box, LinearProgress, MenuItem, TextField } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTexts } from '../../app/texts.ts';
import { api, type Outputs } from '../../rpc/client.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { count, timeOfDay } from '../../ui/figures.ts';
import { Fill, Page } from '../../ui/Page.tsx';
import { PageHead } from '../../ui/PageHead.tsx';
import { ChangeDrawer } from './ChangeDrawer.tsx';
import { ChangeList } from './ChangeList.tsx';
import { CheckDrawer } from './CheckDrawer.tsx';
import { NotesDrawer } from './NotesDrawer.tsx';
import { PlanActions } from './PlanActions.tsx';
import { PlanDrawer } from './PlanDrawer.tsx';
import { doneShare, isBusy, sentenceOf } from './plan.ts';

export type Plan = Outputs['prepare']['list'][number];
export type Progress = Outputs['prepare']['progress'];

const route = getRouteApi('/prepare');

/** Every change to the directories before it is made, and the way back. */
export function PreparePage() {
  const { prepare: t } = useTexts();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const plans = useQuery({
    queryKey: ['prepare', 'list'],
    queryFn: ({ signal }) => api.prepare.list.query(undefined, { signal }),
  });
  const standing = plans.data?.find(({ state }) => state !== 'superseded');
  const planId = search.plan ?? standing?.id;
  const progress = useQuery({
    queryKey: ['prepare', 'progress', planId],
    queryFn: ({ signal }) => api.prepare.progress.query({ planId: planId ?? 0 }, { signal }),
    enabled: planId !== undefined,
    refetchInterval: ({ state }) => (state.data && isBusy(state.data) ? 700 : 15_000),
  });
  const forests = useQuery({
    queryKey: ['forests', 'list'],
    queryFn: ({ signal }) => api.forests.list.query(undefined, { signal }),
  });
  const set = (next: Partial<typeof search>) =>
    void navigate({ search: (old) => ({ ...old, ...next }), replace: true });
  const close = () => set({ row: undefined, show: undefined });
  const plan = progress.data;
  const names = new Map((forests.data ?? []).map(({ id, name }) => [id, name]));
  return (
    <Page drawer={drawerOf(search, plan, names, close)}>
      <PageHead
        title={t.title}
        sentence={plans.data && (planId === undefined ? t.sentenceNone : plan && sentenceOf(plan, names, t))}
        actions={
          <PlanActions
            plan={plan}
            names={names}
            onOptions={() => set({ show: 'options' })}
            onShow={(show) => set({ show })}
          />
        }
      />
      {plan && isBusy(plan) && (
        <Box sx={{ px: { xs: 4, sm: 6 }, pb: 3 }}>
          <LinearProgress variant="determinate" value={100 * doneShare(plan)} aria-label={t.title} />
        </Box>
      )}
      {plans.data && plans.data.length > 1 && (
        <Box sx={{ px: { xs: 4, sm: 6 }, pb: 3, flex: 'none' }}>
          <TextField
            select
            label={t.plans}
            value={planId ?? ''}
            onChange={(event) => void navigate({ search: { plan: Number(event.target.value) }, replace: true })}
            sx={{ minWidth: 280 }}
          >
            {plans.data.slice(0, 50).map((one) => (
              <MenuItem key={one.id} value={one.id}>
                {`${t.purposes[one.purpose] ?? one.purpose}: ${t.planName(count(one.id), timeOfDay(one.createdAt), t.states[one.state])}`}
              </MenuItem>
            ))}
          </TextField>
        </Box>
      )}
      {plans.error && (
        <Fill>
          <ErrorNote error={plans.error} retry={() => void plans.refetch()} />
        </Fill>
      )}
      {plans.data && planId === undefined && (
        <Fill>
          <EmptyState title={t.empty} text={t.emptyNext} />
        </Fill>
      )}
      {plan && <ChangeList key={plan.plan.id} plan={plan} names={names} />}
    </Page>
  );
}

function drawerOf(
  search: ReturnType<typeof route.useSearch>,
  plan: Progress | undefined,
  names: ReadonlyMap<number, string>,
  close: () => void,
) {
  if (search.show === 'options') return <PlanDrawer onClose={close} />;
  if (search.show === 'notes' && plan) return <NotesDrawer plan={plan.plan} onClose={close} />;
  if (search.show === 'check' && plan) return <CheckDrawer planId={plan.plan.id} onClose={close} />;
  if (search.row !== undefined && plan) {
    return <ChangeDrawer planId={plan.plan.id} seq={search.row - 1} names={names} onClose={close} />;
  }
  return undefined;
}
