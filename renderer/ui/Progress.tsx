import { share } from './figures.ts';

/**
 * A bar from 0 to 1. It never shows all while something is left. Its styles stand in base.css: there is one in every row
 * of long lists.
 */
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
    <div
      className="progress-bar"
      role="progressbar"
      aria-label={label.trim() || share(part)}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.floor(part * 100)}
      aria-valuetext={share(part)}
      style={{ height, ...(width === undefined ? {} : { width }) }}
    >
      <i style={{ transform: `scaleX(${part})` }} />
    </div>
  );
}
