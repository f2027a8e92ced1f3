import { Button } from '@mui/material';
import { useEffect, useState } from 'react';
import { useTexts } from '../app/texts.ts';

/** Puts a text on the clipboard and says so. */
export function CopyButton({ text, label }: { text: string; label?: string }) {
  const { frame } = useTexts();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 3_000);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <Button onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}>
      {copied ? frame.copied : (label ?? frame.copy)}
    </Button>
  );
}
