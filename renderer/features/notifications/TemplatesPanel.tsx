import { Box, Button, TextField } from '@mui/material';
import { useState } from 'react';
import {
  DEFAULT_TEMPLATES,
  NOTIFICATION_FIELDS,
  NOTIFICATION_OCCASIONS,
  type NotificationOccasion,
  type NotificationSettings,
  notificationTemplateSchema,
} from '../../../core/domain/notification.ts';
import { useTexts } from '../../app/texts.ts';
import { Chips } from '../../ui/Chips.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { Preview } from './Preview.tsx';

/** The text for each occasion and language, with what becomes of it. */
export function TemplatesPanel({
  settings,
  onChange,
}: {
  settings: NotificationSettings;
  onChange: (next: NotificationSettings) => void;
}) {
  const { notifications: t } = useTexts();
  const languages = [...new Set(settings.templates.map((template) => template.language))].sort();
  const [language, setLanguage] = useState(languages.includes('en') ? 'en' : (languages[0] ?? 'en'));
  const [occasion, setOccasion] = useState<NotificationOccasion>('before');
  const [added, setAdded] = useState('');
  const at = settings.templates.findIndex((one) => one.language === language && one.occasion === occasion);
  const template = settings.templates[at];
  const change = (next: { subject?: string; body?: string }) =>
    onChange({
      ...settings,
      templates: settings.templates.map((one, index) => (index === at ? { ...one, ...next } : one)),
    });
  const addable =
    notificationTemplateSchema.shape.language.safeParse(added.trim()).success && !languages.includes(added.trim());
  return (
    <Panel title={t.templates}>
      <Box sx={{ display: 'flex', gap: 4, flexWrap: 'wrap', alignItems: 'center', mb: 4 }}>
        <Chips<NotificationOccasion>
          label={t.occasion}
          all={undefined}
          chips={NOTIFICATION_OCCASIONS.map((value) => ({ value, label: t.occasions[value] }))}
          chosen={occasion}
          choose={(next) => next && setOccasion(next)}
        />
        <Chips<string>
          label={t.language}
          all={undefined}
          chips={languages.map((value) => ({ value, label: value }))}
          chosen={language}
          choose={(next) => next && setLanguage(next)}
        />
        <Box
          component="form"
          sx={{ display: 'flex', gap: 2 }}
          onSubmit={(event) => {
            event.preventDefault();
            if (!addable) return;
            const fresh = DEFAULT_TEMPLATES.map((one) => ({ ...one, language: added.trim() }));
            onChange({ ...settings, templates: [...settings.templates, ...fresh] });
            setLanguage(added.trim());
            setAdded('');
          }}
        >
          <TextField
            placeholder={t.addHint}
            value={added}
            onChange={(event) => setAdded(event.target.value)}
            slotProps={{ htmlInput: { 'aria-label': t.addLanguage } }}
            sx={{ width: 150 }}
          />
          <Button type="submit" disabled={!addable}>
            {t.add}
          </Button>
        </Box>
      </Box>
      {template && (
        <Box sx={{ display: 'grid', gap: 4, gridTemplateColumns: { xs: '1fr', md: '1fr 1fr' } }}>
          <Box sx={{ display: 'grid', gap: 3, alignContent: 'start' }}>
            <TextField
              label={t.subject}
              value={template.subject}
              onChange={(event) => change({ subject: event.target.value })}
            />
            <TextField
              label={t.body}
              multiline
              minRows={8}
              value={template.body}
              onChange={(event) => change({ body: event.target.value })}
              helperText={`${t.fields}: ${NOTIFICATION_FIELDS.map((name) => `{${name}}`).join(' ')}`}
            />
          </Box>
          <Preview template={template} helpContact={settings.helpContact} />
        </Box>
      )}
    </Panel>
  );
}
