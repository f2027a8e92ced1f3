import { Box, Typography } from '@mui/material';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDeferredValue } from 'react';
import { type NotificationTemplate, notificationTemplateSchema } from '../../../core/domain/notification.ts';
import { useTexts } from '../../app/texts.ts';
import { api } from '../../rpc/client.ts';
import { ErrorNote } from '../../ui/ErrorNote.tsx';

const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The mail as somebody would get it, and words in braces that mean nothing. */
export function Preview({ template, helpContact }: { template: NotificationTemplate; helpContact: string }) {
  const { notifications: t } = useTexts();
  const settled = useDeferredValue(template);
  const shown = useQuery({
    queryKey: ['notifications', 'preview', settled, helpContact],
    queryFn: ({ signal }) => api.notifications.preview.query({ template: settled, helpContact, timeZone }, { signal }),
    enabled: notificationTemplateSchema.safeParse(settled).success,
    placeholderData: keepPreviousData,
    // Every letter typed is a preview of its own; none of them is worth keeping.
    gcTime: 0,
  });
  const mail = shown.data;
  return (
    <Box
      sx={{ border: 1, borderColor: 'divider', borderRadius: 1, p: 4, display: 'grid', gap: 2, alignContent: 'start' }}
      component="section"
      aria-label={t.preview}
    >
      {shown.error && <ErrorNote error={shown.error} />}
      {mail && (
        <>
          <Typography variant="caption" color="text.secondary">
            {t.previewTo} <bdi>{mail.to}</bdi>
          </Typography>
          <Typography variant="h3" component="p" sx={{ overflowWrap: 'anywhere' }}>
            {mail.subject}
          </Typography>
          <Typography variant="body2" sx={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
            {mail.body}
          </Typography>
          {mail.unknown.length > 0 && (
            <Typography variant="body2" role="alert" color="warning.main">
              ▲ {t.unknown(mail.unknown.map((name) => `{${name}}`).join(' '))}
            </Typography>
          )}
        </>
      )}
    </Box>
  );
}
