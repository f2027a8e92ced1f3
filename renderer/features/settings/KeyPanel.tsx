import { Button, Typography } from '@mui/material';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTexts } from '../../app/texts.ts';
import { api, type Outputs } from '../../rpc/client.ts';
import { Answer } from '../../ui/Answer.tsx';
import { Ask } from '../../ui/Ask.tsx';
import { LinkButton } from '../../ui/LinkButton.tsx';
import { Panel } from '../../ui/Panel.tsx';

/** The key that the stored passwords are sealed under, and the way out when nobody has it any more. */
export function KeyPanel() {
  const { settings: t } = useTexts();
  const client = useQueryClient();
  const [asked, setAsked] = useState(false);
  const start = useMutation({
    mutationFn: () => api.settings.newKey.mutate(),
    onSuccess: () => {
      setAsked(false);
      return client.invalidateQueries();
    },
  });
  return (
    <Panel title={t.passwordKey}>
      <Typography variant="body2" sx={{ mb: 3 }}>
        {t.passwordKeyText}
      </Typography>
      <Button variant="outlined" onClick={() => setAsked(true)}>
        {t.newKey}
      </Button>
      <Ask
        open={asked}
        title={t.newKeyTitle}
        confirm={t.newKeyConfirm}
        typed={t.newKeyTyped}
        pending={start.isPending}
        error={start.error}
        onConfirm={() => start.mutate()}
        onClose={() => {
          setAsked(false);
          start.reset();
        }}
      >
        {t.newKeyText}
      </Ask>
      {start.data && <Next next={start.data} onClose={start.reset} />}
    </Panel>
  );
}

/** What is to be done by hand now. */
function Next({ next, onClose }: { next: Outputs['settings']['newKey']; onClose: () => void }) {
  const { settings: t, forests } = useTexts();
  const { accounts, waiting } = next;
  return (
    <Answer
      title={t.newKeyDone}
      pending={false}
      error={undefined}
      onClose={onClose}
      action={accounts.length > 0 && <LinkButton to="/forests">{t.enterAgain}</LinkButton>}
    >
      <Typography variant="body2" role="status">
        {t.newKeyKept}
      </Typography>
      <Todo
        title={t.accountsAgain}
        lines={accounts.map(({ forest, purpose, user }) => t.accountOf(forest, forests.purposes[purpose], user))}
      />
      <Todo title={t.machinesAgain} lines={waiting} />
    </Answer>
  );
}

function Todo({ title, lines }: { title: string; lines: string[] }) {
  if (lines.length === 0) return null;
  return (
    <>
      <Typography variant="h3" component="h3" sx={{ mt: 4 }}>
        {title}
      </Typography>
      <ul>
        {lines.map((line) => (
          <li key={line}>
            <bdi>{line}</bdi>
          </li>
        ))}
      </ul>
    </>
  );
}
