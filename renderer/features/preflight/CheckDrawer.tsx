import { Button, Typography } from '@mui/material';
import { useTexts } from '../../app/texts.ts';
import { Drawer } from '../../ui/Drawer.tsx';
import { OutcomeMark } from '../../ui/OutcomeMark.tsx';
import { CheckResult } from './CheckResult.tsx';
import type { CheckRow } from './rows.ts';
import type { Run } from './useRun.ts';

/** One check: what is asked for, and what was found on each object from each machine, worst first. */
export function CheckDrawer({ row, run, onClose }: { row: CheckRow; run: Run; onClose: () => void }) {
  const { preflight: t } = useTexts();
  const [first] = row.results;
  return (
    <Drawer
      title={row.title}
      onClose={onClose}
      width={520}
      actions={
        <Button disabled={run.running} onClick={() => run.start({ checks: [row.id] })}>
          {t.runThis}
        </Button>
      }
    >
      <OutcomeMark outcome={row.worst} />
      {first && (
        <div>
          <Typography variant="body2" sx={{ overflowWrap: 'anywhere' }}>
            {first.requirement.text}
          </Typography>
          <Typography variant="caption" color="text.secondary" component="p">
            {first.requirement.source}
          </Typography>
        </div>
      )}
      {first?.blocks && row.worst === 'failed' && (
        <Typography variant="body2" color="error">
          {t.blocks}
        </Typography>
      )}
      {row.results.map((result) => (
        <CheckResult key={result.resultId} result={result} />
      ))}
    </Drawer>
  );
}
