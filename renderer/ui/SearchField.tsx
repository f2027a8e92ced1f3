import { TextField } from '@mui/material';
import { useDeferredValue, useEffect, useRef, useState } from 'react';

/** Text that a list is searched by; `/` goes there. What it settles on is told once. */
export function SearchField({
  value,
  onChange,
  label,
  width = 240,
}: {
  value: string;
  onChange: (text: string) => void;
  label: string;
  width?: number;
}) {
  const [text, setText] = useState(value);
  const input = useRef<HTMLInputElement>(null);
  const settled = useDeferredValue(text.trim());
  const told = useRef(value);
  useEffect(() => {
    if (settled === told.current) return;
    const timer = setTimeout(() => {
      told.current = settled;
      onChange(settled);
    }, 120);
    return () => clearTimeout(timer);
  }, [settled, onChange]);
  // A saved view or the way back sets it from outside.
  useEffect(() => {
    if (value === told.current) return;
    told.current = value;
    setText(value);
  }, [value]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && event.target.matches('input, textarea, [contenteditable]');
      if (event.key !== '/' || typing || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      input.current?.focus();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
  return (
    <TextField
      value={text}
      onChange={(event) => setText(event.target.value)}
      placeholder={label}
      inputRef={input}
      sx={{ width, maxWidth: '100%' }}
      slotProps={{ htmlInput: { 'aria-label': label, type: 'search', maxLength: 200 } }}
    />
  );
}
