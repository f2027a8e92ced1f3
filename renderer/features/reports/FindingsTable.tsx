import { useState } from 'react';
import { useTexts } from '../../app/texts.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { bytes } from '../../ui/figures.ts';
import { type Column, VirtualTable } from '../../ui/VirtualTable.tsx';
import type { Report } from './ReportsPage.tsx';

type Finding = Report['findings'][number];
const nothing = () => undefined;

/** Every item that is not as it should be. Subjects are never shown. */
export function FindingsTable({ findings }: { findings: Finding[] }) {
  const { reports: t } = useTexts();
  const [active, setActive] = useState(0);
  const c = t.columns;
  if (findings.length === 0) return <EmptyState title={t.noExceptions} />;
  const columns: Column<Finding>[] = [
    {
      id: 'finding',
      title: c.finding,
      track: 'minmax(140px, 2fr)',
      cell: (one) => [one.kind, ...one.details].join(', '),
    },
    { id: 'member', title: c.member, track: 'minmax(120px, 1fr)', cell: (one) => one.mailbox },
    { id: 'folder', title: c.folder, track: 'minmax(120px, 1.4fr)', cell: (one) => one.folder },
    { id: 'class', title: c.class, track: '140px', hideBelow: 640, cell: (one) => one.itemClass },
    { id: 'size', title: c.size, track: '80px', right: true, hideBelow: 560, cell: (one) => bytes(one.size) },
  ];
  return (
    <VirtualTable
      label={t.findings}
      columns={columns}
      total={findings.length}
      rowAt={(index) => findings[index]}
      rowId={(one) => findings.indexOf(one)}
      onRange={nothing}
      active={active}
      onActive={setActive}
      onOpen={nothing}
    />
  );
}
