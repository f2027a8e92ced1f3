import { Box } from '@mui/material';
import { styled } from '@mui/material/styles';
import { type KeyboardEvent, useRef, useState } from 'react';
import { useTexts } from '../../app/texts.ts';
import { FolderLevel } from './FolderLevel.tsx';
import type { Span } from './FoldersPage.tsx';

const Frame = styled('div')(({ theme }) => ({
  border: `1px solid ${(theme.vars ?? theme).palette.divider}`,
  borderRadius: 6,
  background: (theme.vars ?? theme).palette.background.paper,
  fontSize: '0.8125rem',
  '& .line': {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr) 72px 84px minmax(0, 150px)',
    columnGap: 12,
    alignItems: 'center',
    minHeight: 36,
    paddingInline: 16,
    borderBottom: `1px solid ${(theme.vars ?? theme).palette.line}`,
    '@media (max-width: 700px)': { gridTemplateColumns: 'minmax(0, 1fr) 84px' },
  },
  '@media (max-width: 700px)': { '& .wide': { display: 'none' } },
  '& .head': { fontSize: '0.75rem', fontWeight: 600, color: (theme.vars ?? theme).palette.text.secondary },
  '& .right': { textAlign: 'right' },
  '& [role=treeitem]': { outline: 'none' },
  '& [role=treeitem]:focus-visible > .line': {
    boxShadow: `inset 0 0 0 2px ${(theme.vars ?? theme).palette.primary.main}`,
  },
  '& .line.chosen': { background: (theme.vars ?? theme).palette.action.selected },
}));

export interface TreeShared {
  side: 'source' | 'target';
  spans: readonly Span[];
  chosen: readonly string[];
  opened: ReadonlySet<string>;
  setOpened: (path: string, on: boolean) => void;
  onToggle?: ((path: string) => void) | undefined;
}

/** A tree by the keyboard: up and down walk, right opens, left closes, Space chooses. */
export function FolderTree({
  side,
  spans,
  chosen,
  onToggle,
}: Pick<TreeShared, 'side' | 'spans' | 'chosen' | 'onToggle'>) {
  const { folders: t } = useTexts();
  const frame = useRef<HTMLDivElement>(null);
  const [opened, setAll] = useState<ReadonlySet<string>>(new Set());
  const setOpened = (path: string, on: boolean) =>
    setAll((old) => {
      const next = new Set(old);
      if (on) next.add(path);
      else next.delete(path);
      return next;
    });
  const onKeyDown = (event: KeyboardEvent) => {
    const item = document.activeElement;
    if (!(item instanceof HTMLElement) || item.role !== 'treeitem') return;
    const path = item.dataset.path ?? '';
    const items = [...(frame.current?.querySelectorAll<HTMLElement>('[role=treeitem]') ?? [])];
    const at = items.indexOf(item);
    const open = item.ariaExpanded === 'true';
    if (event.key === 'ArrowDown') items[at + 1]?.focus();
    else if (event.key === 'ArrowUp') items[at - 1]?.focus();
    else if (event.key === 'Home') items[0]?.focus();
    else if (event.key === 'End') items.at(-1)?.focus();
    else if (event.key === 'ArrowRight' && item.ariaExpanded !== null) {
      if (open) items[at + 1]?.focus();
      else setOpened(path, true);
    } else if (event.key === 'ArrowLeft') {
      if (open) setOpened(path, false);
      else item.parentElement?.closest<HTMLElement>('[role=treeitem]')?.focus();
    } else if (event.key === ' ' && onToggle) onToggle(path);
    else return;
    event.preventDefault();
  };
  return (
    <Frame ref={frame} onKeyDown={onKeyDown}>
      <div className="line head" aria-hidden="true">
        <span>{t.columns.name}</span>
        <span className="right wide">{t.columns.items}</span>
        <span className="right">{t.columns.size}</span>
        <span className="wide">{t.columns.batch}</span>
      </div>
      <Box role="tree" aria-label={t.tree} aria-multiselectable={onToggle !== undefined}>
        <FolderLevel
          shared={{ side, spans, chosen, opened, setOpened, onToggle }}
          parent="/"
          below={undefined}
          depth={1}
        />
      </Box>
    </Frame>
  );
}
