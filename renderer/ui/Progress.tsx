import { styled } from '@mui/material/styles';
import { share } from './figures.ts';

const Track = styled('div')(({ theme }) => ({
  position: 'relative',
  overflow: 'hidden',
  borderRadius: 3,
  background: (theme.vars ?? theme).palette.divider,
  '& > i': {
    position: 'absolute',
    inset: 0,
    transformOrigin: 'left',
    borderRadius: 3,
    background: (theme.vars ?? theme).palette.primary.main,
    transition: 'transform 140ms linear',
  },
}));

/** A bar from 0 to 1. It never shows all while something is left. */
export function ProgressBar({
  value,
  label,
  height = 6,
  width,
}: {
  value: number;
  label: string;
  height?: number;
  width?: number;
}) {
  const part = Math.min(1, Math.max(0, value));
  return (
    <Track
      role="progressbar"
      aria-label={label.trim() || share(part)}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.floor(part * 100)}
      aria-valuetext={share(part)}
      style={{ height, ...(width === undefined ? {} : { width }) }}
    >
      <i style={{ transform: `scaleX(${part})` }} />
    </Track>
  );
}
