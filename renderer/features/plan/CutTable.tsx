import { useTexts } from '../../app/texts.ts';
import type { Outputs } from '../../rpc/client.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { Table } from '../../ui/Table.tsx';

/** Ties shown at most; the worst come first. */
const SHOWN = 200;

/** Who is parted although they share a mailbox, with names, rights and the reason. */
export function CutTable({ plan }: { plan: Outputs['plan']['waves'] }) {
  const { plan: t } = useTexts();
  const cut = plan.cut.toSorted((a, b) => b.weight - a.weight).slice(0, SHOWN);
  return (
    <Panel title={t.cutTable}>
      {cut.length === 0 ? (
        <EmptyState title={t.cutNone} />
      ) : (
        <Table
          label={t.cutTable}
          head={[
            { title: t.first, width: '24%' },
            { title: t.second, width: '24%' },
            { title: t.rights, width: '18%' },
            { title: t.why },
          ]}
        >
          {cut.map((tie) => (
            <tr key={`${tie.a} ${tie.b}`}>
              <td>{withWave(tie.aAddress, tie.aWave)}</td>
              <td>{withWave(tie.bAddress, tie.bWave)}</td>
              <td>{[...new Set(tie.reasons.map(({ right }) => right))].join(', ')}</td>
              <td>{tie.because}</td>
            </tr>
          ))}
        </Table>
      )}
    </Panel>
  );
}

const withWave = (address: string, wave: string | null) => (wave === null ? address : `${address} · ${wave}`);
