import { Box, Typography } from '@mui/material';
import { timeLeft } from '../../../core/domain/progress.ts';
import { useTexts } from '../../app/texts.ts';
import { bytes, count, duration, rate, share } from '../../ui/figures.ts';
import { ProgressBar } from '../../ui/Progress.tsx';
import type { Batch } from './BatchPage.tsx';
import type { Rates } from './rates.ts';
import { isRunning, partOf } from './states.ts';

/** The bar over the list: how much is there, how fast it goes, how long it takes. */
export function Totals({ batch, rates }: { batch: Batch; rates: Rates }) {
  const { batch: t } = useTexts();
  const { itemsDone, itemsTotal, bytesDone, bytesTotal } = batch.totals;
  const part = partOf({ state: batch.state, itemsDone, itemsTotal });
  const perSecond = isRunning(batch.state) ? rates.items(0) : undefined;
  const left = timeLeft(itemsTotal - itemsDone, perSecond);
  const facts = [
    t.items(count(itemsDone), count(itemsTotal)),
    bytesTotal > 0 ? t.size(bytes(bytesDone), bytes(bytesTotal)) : bytes(bytesDone),
    ...(perSecond ? [t.rate(rate(perSecond), bytes(rates.bytes(0) ?? 0))] : []),
    ...(left !== undefined && left > 0 && isRunning(batch.state) ? [t.left(duration(left))] : []),
  ];
  return (
    <Box sx={{ px: { xs: 4, sm: 6 }, pb: 3, display: 'grid', gap: 2, flex: 'none' }}>
      <Box sx={{ display: 'grid', gridTemplateColumns: '1fr 56px', gap: 3, alignItems: 'center' }}>
        <ProgressBar value={part} label={batch.name} height={8} />
        <Typography variant="h2" component="span" sx={{ textAlign: 'right' }}>
          {share(part)}
        </Typography>
      </Box>
      <Typography variant="body2" color="text.secondary">
        {facts.join('  ·  ')}
      </Typography>
    </Box>
  );
}
