import { Box, Typography } from '@mui/material';
import { useTexts } from '../../app/texts.ts';
import { WAVE_COLOURS } from '../../app/theme.ts';
import type { Outputs } from '../../rpc/client.ts';
import { bytes, count } from '../../ui/figures.ts';
import { Panel } from '../../ui/Panel.tsx';
import { Table } from '../../ui/Table.tsx';

/** Names that stand beside a wave; the rest are counted. */
const NAMED = 6;

/** Each wave with its size, and what does not fit the limits. */
export function WavesTable({ plan }: { plan: Outputs['plan']['waves'] }) {
  const { plan: t } = useTexts();
  return (
    <Panel title={t.wavesTable}>
      {plan.tooLarge.map((group) => (
        <Typography key={group.name} variant="body2" sx={{ mb: 1 }}>
          ▲ {t.tooLarge(group.name, bytes(group.bytes), group.waves.join(', '))}
        </Typography>
      ))}
      {plan.oversized.map((one) => (
        <Typography key={one.address} variant="body2" sx={{ mb: 1 }}>
          ▲ {t.oversized(one.address, bytes(one.bytes))}
        </Typography>
      ))}
      <Table
        label={t.wavesTable}
        head={[
          { title: t.wave, width: '160px' },
          { title: t.members, right: true, width: '90px' },
          { title: t.size, right: true, width: '180px' },
          { title: t.columns.name },
        ]}
      >
        {plan.waves.map((wave, i) => (
          <tr key={wave.name}>
            <td>
              <Box
                component="i"
                sx={{ display: 'inline-block', width: 10, height: 10, borderRadius: '50%', mr: 2 }}
                style={{ background: WAVE_COLOURS[i % WAVE_COLOURS.length] }}
              />
              {wave.name}
            </td>
            <td className="right">{count(wave.mailboxes)}</td>
            <td className="right">
              {[bytes(wave.bytes), ...(wave.unmeasured > 0 ? [t.unmeasured(count(wave.unmeasured))] : [])].join(', ')}
            </td>
            <td>
              {wave.members
                .slice(0, NAMED)
                .map(({ displayName, address }) => displayName.trim().slice(0, 80) || address)
                .join(', ')}
              {wave.members.length > NAMED && ` +${count(wave.members.length - NAMED)}`}
            </td>
          </tr>
        ))}
      </Table>
    </Panel>
  );
}
