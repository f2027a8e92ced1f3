import { useTheme } from '@mui/material/styles';
import { LineChart } from '@mui/x-charts/LineChart';
import { useTexts } from '../../app/texts.ts';
import { count, timeOfDay } from '../../ui/figures.ts';
import { CHART_HEIGHT, minuteSeries } from './series.ts';

/** An area of items by minute; minutes in which nothing moved are zero, not left out. */
export default function ThroughputChart({ minutes, now }: { minutes: { at: number; items: number }[]; now: number }) {
  const { overview: t } = useTexts();
  const theme = useTheme();
  const series = minuteSeries(minutes, now);
  return (
    <LineChart
      height={CHART_HEIGHT}
      // At the right stands half of the last time.
      margin={{ left: 0, right: 32, top: 8, bottom: 0 }}
      skipAnimation
      hideLegend
      grid={{ horizontal: true }}
      series={[
        {
          data: series.map(({ items }) => items),
          label: t.itemsAMinute,
          area: true,
          showMark: false,
          curve: 'monotoneX',
          color: (theme.vars ?? theme).palette.primary.main,
          valueFormatter: (value) => count(value ?? 0),
        },
      ]}
      xAxis={[
        {
          data: series.map(({ at }) => new Date(at)),
          scaleType: 'time',
          valueFormatter: (value: Date) => timeOfDay(value.getTime()),
          disableLine: true,
          disableTicks: true,
          tickNumber: 6,
        },
      ]}
      yAxis={[
        {
          width: 44,
          min: 0,
          disableLine: true,
          disableTicks: true,
          tickNumber: 4,
          valueFormatter: (v: number) => count(v),
        },
      ]}
      sx={{
        '& .MuiAreaElement-root, & .MuiLineChart-area': { fillOpacity: 0.18 },
        '& .MuiChartsAxis-tickLabel': { fontSize: '0.75rem' },
      }}
    />
  );
}
