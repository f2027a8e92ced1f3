import CheckBox from '@mui/icons-material/CheckBox';
import CheckBoxOutlineBlank from '@mui/icons-material/CheckBoxOutlineBlank';
import ViewColumnOutlined from '@mui/icons-material/ViewColumnOutlined';
import { Divider, Menu, MenuItem } from '@mui/material';
import { useState } from 'react';
import { useTexts } from '../../app/texts.ts';
import { ToolButton } from '../ToolButton.tsx';
import type { ListView } from './useListView.ts';

/** A sign alone: the line of the menu itself is what is checked. */
const SIGN = { fontSize: 'small', sx: { mr: 2, color: 'text.secondary' } } as const;

/** Which columns are shown; the first one always is. */
export function ColumnsButton<T>({ view }: { view: ListView<T> }) {
  const { list: t } = useTexts();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const shown = view.columns.map(({ id }) => id);
  return (
    <>
      <ToolButton label={t.columns} menu onClick={(event) => setAnchor(event.currentTarget)}>
        <ViewColumnOutlined fontSize="small" />
      </ToolButton>
      <Menu anchorEl={anchor} open={anchor !== null} onClose={() => setAnchor(null)}>
        {view.all.map(({ id, title }, index) => (
          <MenuItem
            key={id}
            dense
            role="menuitemcheckbox"
            aria-checked={shown.includes(id)}
            disabled={index === 0}
            onClick={() => view.choose(shown.includes(id) ? shown.filter((one) => one !== id) : [...shown, id])}
          >
            {shown.includes(id) ? <CheckBox {...SIGN} /> : <CheckBoxOutlineBlank {...SIGN} />}
            {title}
          </MenuItem>
        ))}
        <Divider />
        <MenuItem
          dense
          onClick={() => {
            view.choose(null);
            setAnchor(null);
          }}
        >
          {t.defaultColumns}
        </MenuItem>
      </Menu>
    </>
  );
}
