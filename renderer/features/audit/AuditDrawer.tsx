import { Skeleton, Typography } from '@mui/material';
import { useTexts } from '../../app/texts.ts';
import { Drawer } from '../../ui/Drawer.tsx';
import { Facts } from '../../ui/Facts.tsx';
import { count, exactTime } from '../../ui/figures.ts';
import { Panel } from '../../ui/Panel.tsx';
import type { Entry } from './AuditPage.tsx';
import { ValueTree } from './ValueTree.tsx';

/** One entry whole: what was before, what after, and its place in the chain. */
export function AuditDrawer({ entry, onClose }: { entry: Entry | undefined; onClose: () => void }) {
  const { audit: t } = useTexts();
  return (
    <Drawer title={entry ? t.entry(count(entry.id)) : <Skeleton width={120} />} note={t.title} onClose={onClose}>
      {entry && (
        <>
          <Facts
            facts={[
              [t.columns.at, exactTime(entry.at)],
              [t.columns.who, entry.who],
              [t.columns.host, entry.host],
              [t.columns.action, t.actionName(entry.action)],
              [t.columns.object, entry.object],
              [t.correlation, entry.correlation],
              [t.hash, entry.hash],
            ]}
          />
          {entry.before === undefined && entry.after === undefined && (
            <Typography variant="body2" color="text.secondary">
              {t.nothing}
            </Typography>
          )}
          {entry.before !== undefined && (
            <Panel plain title={t.before}>
              <ValueTree value={entry.before} />
            </Panel>
          )}
          {entry.after !== undefined && (
            <Panel plain title={t.after}>
              <ValueTree value={entry.after} />
            </Panel>
          )}
        </>
      )}
    </Drawer>
  );
}
