import { Tooltip } from '@mui/material';
import { useTexts } from '../app/texts.ts';
import { duration, exactTime } from './figures.ts';

/** A time as people say it; the exact one on hover. `now` is the database's clock, so that a wrong one here does no harm. */
export function When({ at, now }: { at: number; now: number }) {
  const { frame } = useTexts();
  const span = Math.max(0, now - at);
  return (
    <Tooltip title={exactTime(at)}>
      <time dateTime={new Date(at).toISOString()}>{span < 5_000 ? frame.justNow : frame.ago(duration(span))}</time>
    </Tooltip>
  );
}
