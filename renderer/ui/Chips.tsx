import { styled } from '@mui/material/styles';
import type { ReactNode } from 'react';
import { count } from './figures.ts';

const Row = styled('div')(({ theme }) => ({
  display: 'flex',
  flexWrap: 'wrap',
  gap: 4,
  '& button': {
    all: 'unset',
    boxSizing: 'border-box',
    display: 'inline-flex',
    alignItems: 'center',
    gap: 6,
    height: 28,
    paddingInline: 10,
    borderRadius: 6,
    cursor: 'pointer',
    fontSize: '0.8125rem',
    border: `1px solid ${(theme.vars ?? theme).palette.divider}`,
    background: (theme.vars ?? theme).palette.background.paper,
    '&:hover': { background: (theme.vars ?? theme).palette.action.hover },
    '&:focus-visible': { outline: `2px solid ${(theme.vars ?? theme).palette.primary.main}`, outlineOffset: 1 },
    '&[aria-pressed=true]': {
      borderColor: (theme.vars ?? theme).palette.primary.main,
      boxShadow: `inset 0 0 0 1px ${(theme.vars ?? theme).palette.primary.main}`,
    },
    '& b': { fontWeight: 600 },
  },
}));

export interface Chip<T extends string> {
  value: T;
  label: ReactNode;
  count?: number | undefined;
  title?: string;
}

/** Kinds of rows with their counts; one can be chosen, the first one stands for all. */
export function Chips<T extends string>({
  label,
  all,
  chips,
  chosen,
  choose,
}: {
  label: string;
  all: { label: string; count?: number | undefined } | undefined;
  chips: readonly Chip<T>[];
  chosen: T | undefined;
  choose: (value: T | undefined) => void;
}) {
  return (
    <Row role="group" aria-label={label}>
      {all && (
        <button type="button" aria-pressed={chosen === undefined} onClick={() => choose(undefined)}>
          {all.label} {all.count !== undefined && <b>{count(all.count)}</b>}
        </button>
      )}
      {chips.map((chip) => (
        <button
          key={chip.value}
          type="button"
          title={chip.title}
          aria-pressed={chosen === chip.value}
          onClick={() => choose(chosen === chip.value && all ? undefined : chip.value)}
        >
          {chip.label} {chip.count !== undefined && <b>{count(chip.count)}</b>}
        </button>
      ))}
    </Row>
  );
}
