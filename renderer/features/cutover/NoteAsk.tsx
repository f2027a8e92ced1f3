import { TextField } from '@mui/material';
import { useState } from 'react';
import { useTexts } from '../../app/texts.ts';
import { Ask } from '../../ui/Ask.tsx';

/** A question that wants a note from whoever answers it. */
export function NoteAsk({
  text,
  onConfirm,
  ...rest
}: {
  title: string;
  text: string;
  confirm: string;
  typed?: string;
  pending: boolean;
  error: unknown;
  onConfirm: (note: string) => void;
  onClose: () => void;
}) {
  const { cutover: t } = useTexts();
  const [note, setNote] = useState('');
  return (
    <Ask open {...rest} disabled={note.trim() === ''} onConfirm={() => onConfirm(note.trim())}>
      {text}
      <TextField
        autoFocus
        fullWidth
        multiline
        sx={{ mt: 4 }}
        label={t.note}
        helperText={t.noteHint}
        value={note}
        onChange={(event) => setNote(event.target.value)}
        slotProps={{ htmlInput: { maxLength: 2_000 } }}
      />
    </Ask>
  );
}
