import { Box, Typography } from '@mui/material';
import { styled } from '@mui/material/styles';
import { useId, useRef } from 'react';
import { useTexts } from '../app/texts.ts';
import { count } from './figures.ts';

export interface TextProblem {
  /** From 1. */
  line: number;
  column: number;
  message: string;
}

const Frame = styled('div')(({ theme }) => ({
  display: 'grid',
  gridTemplateColumns: 'auto minmax(0, 1fr)',
  border: `1px solid ${(theme.vars ?? theme).palette.divider}`,
  borderRadius: 6,
  background: (theme.vars ?? theme).palette.background.paper,
  overflow: 'auto',
  height: 'min(56vh, 560px)',
  fontFamily: 'ui-monospace, monospace',
  fontSize: '0.8125rem',
  lineHeight: '20px',
  '& pre': {
    margin: 0,
    padding: '8px 8px 8px 12px',
    textAlign: 'right',
    color: (theme.vars ?? theme).palette.text.secondary,
    userSelect: 'none',
    height: 'max-content',
  },
  '& textarea': {
    all: 'unset',
    boxSizing: 'border-box',
    padding: 8,
    whiteSpace: 'pre',
    overflow: 'hidden',
    fieldSizing: 'content',
    minWidth: '100%',
    minHeight: '100%',
    color: (theme.vars ?? theme).palette.text.primary,
  },
  '&:focus-within': { outline: `2px solid ${(theme.vars ?? theme).palette.primary.main}`, outlineOffset: -1 },
}));

/** A text of lines with numbers; beneath it what is wrong, each a button that leads there. */
export function TextEditor({
  label,
  value,
  onChange,
  problems,
}: {
  label: string;
  value: string;
  onChange: (text: string) => void;
  problems: readonly TextProblem[];
}) {
  const { rules: t } = useTexts();
  const id = useId();
  const input = useRef<HTMLTextAreaElement>(null);
  const lines = value.split('\n').length;
  const wrong = new Set(problems.map(({ line }) => line));
  const goTo = ({ line, column }: TextProblem) => {
    const before = value
      .split('\n')
      .slice(0, line - 1)
      .reduce((sum, text) => sum + text.length + 1, 0);
    input.current?.focus();
    input.current?.setSelectionRange(before + column - 1, before + column);
  };
  return (
    <Box sx={{ display: 'grid', gap: 2, minWidth: 0 }}>
      <Frame>
        <pre aria-hidden="true">
          {Array.from({ length: lines }, (_, i) => `${wrong.has(i + 1) ? '✕ ' : ''}${i + 1}`).join('\n')}
        </pre>
        <textarea
          ref={input}
          aria-label={label}
          aria-invalid={problems.length > 0}
          aria-describedby={`${id}-problems`}
          spellCheck={false}
          autoComplete="off"
          maxLength={500_000}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      </Frame>
      <Box id={`${id}-problems`} role="status">
        {problems.length > 0 && (
          <Typography variant="body2" sx={{ fontWeight: 600 }}>
            {t.problems(problems.length, count(problems.length))}
          </Typography>
        )}
        {problems.slice(0, 20).map((problem) => (
          <Box
            key={`${problem.line} ${problem.column} ${problem.message}`}
            component="button"
            type="button"
            onClick={() => goTo(problem)}
            sx={{
              all: 'unset',
              display: 'block',
              cursor: 'pointer',
              fontSize: '0.8125rem',
              color: 'error.main',
              '&:focus-visible': { outline: '2px solid currentColor' },
            }}
          >
            {t.problem(count(problem.line), count(problem.column), problem.message)}
          </Box>
        ))}
      </Box>
    </Box>
  );
}
