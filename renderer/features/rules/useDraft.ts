import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useEffect, useState } from 'react';
import type { TextProblem } from '../../ui/TextEditor.tsx';

/** How long somebody pauses before what was written is tried, ms. */
const CALM_MS = 500;

/** A text that is being written: what was saved until somebody changes it, and what it settles on. */
export function useDraft(saved: string | undefined) {
  const [draft, setDraft] = useState<string>();
  const text = draft ?? saved ?? '';
  const later = useDeferredValue(text);
  const [settled, setSettled] = useState(later);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(later), CALM_MS);
    return () => clearTimeout(timer);
  }, [later]);
  return {
    text,
    settled,
    changed: draft !== undefined && draft !== (saved ?? ''),
    write: setDraft,
    saved: () => setDraft(undefined),
  };
}

/** What is wrong with a text and, where nothing is, what it would do; asked again when it has settled. */
export function useTried<T>(
  key: readonly unknown[],
  text: string,
  validate: (text: string, signal: AbortSignal) => Promise<{ problems: readonly TextProblem[] }>,
  preview: (text: string, signal: AbortSignal) => Promise<T>,
) {
  const checked = useQuery({
    queryKey: [...key, 'validate', text],
    queryFn: ({ signal }) => validate(text, signal),
    enabled: text.trim() !== '',
  });
  const sound = checked.data?.problems.length === 0;
  const tried = useQuery({
    queryKey: [...key, 'preview', text],
    queryFn: ({ signal }) => preview(text, signal),
    enabled: sound && text.trim() !== '',
  });
  return {
    problems: text.trim() === '' ? [] : (checked.data?.problems ?? []),
    tried,
    error: checked.error ?? tried.error,
  };
}
