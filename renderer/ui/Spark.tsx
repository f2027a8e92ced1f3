import { styled } from '@mui/material/styles';

const Drawing = styled('svg')(({ theme }) => ({
  display: 'block',
  width: '100%',
  height: 28,
  '& path': { fill: (theme.vars ?? theme).palette.primary.main, fillOpacity: 0.25, stroke: 'none' },
  '& polyline': {
    fill: 'none',
    stroke: (theme.vars ?? theme).palette.primary.main,
    strokeWidth: 1.25,
    vectorEffect: 'non-scaling-stroke',
  },
}));

/** A run of values as a small area; several beside each other share `top`, so that they can be compared. */
export function Spark({ values, top, label }: { values: readonly number[]; top: number; label: string }) {
  const step = 100 / Math.max(1, values.length - 1);
  const points = values.map((value, i) => `${(i * step).toFixed(2)},${(26 - (24 * value) / top).toFixed(2)}`);
  return (
    <Drawing viewBox="0 0 100 28" preserveAspectRatio="none" role="img" aria-label={label}>
      <path d={`M0,28 L${points.join(' L')} L100,28 Z`} />
      <polyline points={points.join(' ')} />
    </Drawing>
  );
}
