import { Box, Button, Typography } from '@mui/material';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { NotificationSettings } from '../../../core/domain/notification.ts';
import { toast } from '../../app/Toasts.tsx';
import { useTexts } from '../../app/texts.ts';
import { api } from '../../rpc/client.ts';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { Page, Scroll } from '../../ui/Page.tsx';
import { PageHead } from '../../ui/PageHead.tsx';
import { SendingPanel } from './SendingPanel.tsx';
import { TemplatesPanel } from './TemplatesPanel.tsx';

/** What people are told about their move, and when; templates with a preview beside them. */
export function NotificationsPage() {
  const { notifications: t } = useTexts();
  const client = useQueryClient();
  const shown = useQuery({
    queryKey: ['notifications'],
    queryFn: ({ signal }) => api.notifications.show.query(undefined, { signal }),
  });
  const [draft, setDraft] = useState<NotificationSettings>();
  useEffect(() => setDraft(shown.data), [shown.data]);
  const save = useMutation({
    mutationFn: (settings: NotificationSettings) => api.notifications.save.mutate(settings),
    onSuccess: () => {
      toast(t.saved);
      return client.invalidateQueries({ queryKey: ['notifications'] });
    },
  });
  const changed = draft !== undefined && JSON.stringify(draft) !== JSON.stringify(shown.data);
  return (
    <Page>
      <PageHead
        title={t.title}
        sentence={
          draft &&
          t.sentence({
            enabled: draft.enabled,
            templates: draft.templates.length,
            languages: [...new Set(draft.templates.map(({ language }) => language))].join(', '),
          })
        }
        actions={
          <>
            {changed && (
              <Typography variant="body2" color="text.secondary">
                {t.unsaved}
              </Typography>
            )}
            <Button
              variant="contained"
              disabled={!changed || save.isPending}
              onClick={() => draft && save.mutate(draft)}
            >
              {t.save}
            </Button>
          </>
        }
      />
      <Scroll label={t.title}>
        {shown.error && <ErrorNote error={shown.error} retry={() => void shown.refetch()} />}
        {save.error && <ErrorNote error={save.error} />}
        {draft && (
          <Box sx={{ display: 'grid', gap: 4 }}>
            <SendingPanel settings={draft} onChange={setDraft} />
            <TemplatesPanel settings={draft} onChange={setDraft} />
          </Box>
        )}
      </Scroll>
    </Page>
  );
}
