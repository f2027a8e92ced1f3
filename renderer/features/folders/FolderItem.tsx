import ChevronRight from '@mui/icons-material/ChevronRight';
import ExpandMore from '@mui/icons-material/ExpandMore';
import { Box, Checkbox, IconButton } from '@mui/material';
import type { ReactNode } from 'react';
import { useTexts } from '../../app/texts.ts';
import type { Outputs } from '../../rpc/client.ts';
import { bytes, count } from '../../ui/figures.ts';
import { TextLink } from '../../ui/LinkButton.tsx';
import { StateMark } from '../../ui/StateMark.tsx';
import type { TreeShared } from './FolderTree.tsx';
import { isWithin, pathOf } from './paths.ts';

type Folder = Outputs['publicFolders']['children'][number];

/** One folder with its size, the batch that has it, and, when it is open, what is below it. */
export function FolderItem({
  shared,
  folder,
  parent,
  depth,
  largest,
  first,
  below,
}: {
  shared: TreeShared;
  folder: Folder;
  parent: string;
  depth: number;
  largest: number;
  /** The one that the tab key comes to. */
  first: boolean;
  /** What stands below it when it is open. */
  below: (path: string) => ReactNode;
}) {
  const { folders: t } = useTexts();
  const path = pathOf(parent, folder.name);
  const open = shared.opened.has(path);
  const taken = shared.spans.find(({ root }) => isWithin(path, root));
  const within = shared.chosen.some((one) => one !== path && isWithin(path, one));
  const chosen = within || shared.chosen.includes(path);
  const { onToggle } = shared;
  return (
    <div
      role="treeitem"
      tabIndex={first ? 0 : -1}
      data-path={path}
      aria-level={depth}
      {...(folder.children > 0 && { 'aria-expanded': open })}
      {...(onToggle && { 'aria-selected': chosen })}
    >
      <Box className={chosen ? 'line chosen' : 'line'}>
        <Box sx={{ display: 'flex', alignItems: 'center', minWidth: 0, pl: (depth - 1) * 5 }}>
          <Box sx={{ width: 28, flex: 'none' }}>
            {folder.children > 0 && (
              <IconButton
                tabIndex={-1}
                aria-label={open ? t.close(folder.name) : t.open(folder.name)}
                onClick={() => shared.setOpened(path, !open)}
                sx={{ p: 0.5 }}
              >
                {open ? <ExpandMore fontSize="small" /> : <ChevronRight fontSize="small" />}
              </IconButton>
            )}
          </Box>
          {onToggle && (
            <Checkbox
              size="small"
              tabIndex={-1}
              checked={chosen}
              disabled={within || taken !== undefined}
              onChange={() => onToggle(path)}
              sx={{ p: 1 }}
              slotProps={{ input: { 'aria-label': t.choose(folder.name), tabIndex: -1 } }}
            />
          )}
          <Box
            component="span"
            title={folder.name}
            sx={{ overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap', unicodeBidi: 'isolate' }}
          >
            {folder.name}
          </Box>
          {folder.children > 0 && (
            <Box component="span" sx={{ color: 'text.secondary', pl: 2, flex: 'none', fontSize: '0.75rem' }}>
              {count(folder.children)}
            </Box>
          )}
        </Box>
        <span className="right wide">{count(folder.items)}</span>
        <SizeBar value={folder.bytes} largest={largest} />
        <Box className="wide" sx={{ minWidth: 0, overflow: 'hidden', whiteSpace: 'nowrap', textOverflow: 'ellipsis' }}>
          {taken && (
            <>
              <StateMark state={taken.state} quiet />{' '}
              <TextLink
                to="/batches/$batchId"
                params={{ batchId: taken.batchId }}
                search={{ row: taken.id }}
                tabIndex={-1}
              >
                {taken.batch}
              </TextLink>
            </>
          )}
        </Box>
      </Box>
      {open && (
        // biome-ignore lint/a11y/useSemanticElements: the children of a tree's item, as WAI-ARIA has them
        <div role="group">{below(path)}</div>
      )}
    </div>
  );
}

/** Bytes with a bar behind them; nothing where the server does not tell. */
function SizeBar({ value, largest }: { value: number | null; largest: number }) {
  if (value === null) return <span className="right">–</span>;
  return (
    <Box component="span" className="right" sx={{ position: 'relative', zIndex: 0 }}>
      <Box
        component="i"
        sx={(theme) => ({
          position: 'absolute',
          zIndex: -1,
          insetBlock: 0,
          right: 0,
          borderRadius: '3px',
          opacity: 0.18,
          bgcolor: (theme.vars ?? theme).palette.primary.main,
        })}
        style={{ width: `${(100 * value) / largest}%` }}
      />
      {bytes(value)}
    </Box>
  );
}
