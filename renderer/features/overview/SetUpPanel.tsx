import { Box, Typography } from '@mui/material';
import { useTexts } from '../../app/texts.ts';
import { LinkButton } from '../../ui/LinkButton.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { stepsOf } from '../start/steps.ts';
import type { Overview } from './sentence.ts';

/** The steps from nothing to the first batch, with those that are done; each can be left and taken up later. */
export function SetUpPanel({
  progress,
  start = false,
}: {
  progress: Overview['progress'];
  /** On the page of the set-up itself, whose first step is no way back to it. */
  start?: boolean;
}) {
  const { start: t } = useTexts();
  const steps = stepsOf(progress);
  const next = steps.find((step) => !step.done);
  return (
    <Panel title={t.panel}>
      <Box component="ol" sx={{ m: 0, p: 0, listStyle: 'none' }}>
        {steps.map((step) => (
          <Box
            component="li"
            key={step.id}
            sx={{ display: 'flex', alignItems: 'center', gap: 3, minHeight: 48, borderTop: 1, borderColor: 'line' }}
          >
            <Box
              component="span"
              aria-hidden="true"
              sx={(theme) => ({
                width: 16,
                textAlign: 'center',
                color: (theme.vars ?? theme).palette.states[step.done ? 'done' : 'planned'],
              })}
            >
              {step.done ? '✓' : '○'}
            </Box>
            <Box sx={{ flex: 1, minWidth: 0, py: 1 }}>
              <Typography variant="body2" sx={{ fontWeight: 600 }}>
                {t.steps[step.id].title} {step.done && <span className="visually-hidden">{t.done}</span>}
              </Typography>
              <Typography variant="caption" color="text.secondary" component="p">
                {t.steps[step.id].text}
              </Typography>
            </Box>
            <LinkButton
              to={start && step.to === '/start' ? '/forests' : step.to}
              variant={step === next ? 'contained' : 'text'}
            >
              {t.steps[step.id].open}
            </LinkButton>
          </Box>
        ))}
      </Box>
    </Panel>
  );
}
