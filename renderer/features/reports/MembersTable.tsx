import { useState } from 'react';
import { useTexts } from '../../app/texts.ts';
import { bytes, count, exactTime } from '../../ui/figures.ts';
import { type Column, VirtualTable } from '../../ui/VirtualTable.tsx';
import { GradeMark } from './GradeMark.tsx';
import type { Report } from './ReportsPage.tsx';

type Member = Report['members'][number];
const nothing = () => undefined;

/** How each member of the batch agrees. */
export function MembersTable({ members }: { members: Member[] }) {
  const { reports: t } = useTexts();
  const [active, setActive] = useState(0);
  const c = t.columns;
  const columns: Column<Member>[] = [
    { id: 'member', title: c.member, track: 'minmax(140px, 2fr)', cell: (one) => one.displayName },
    {
      id: 'grade',
      title: c.grade,
      track: '130px',
      cell: (one) => <GradeMark grade={one.verification?.grade ?? null} />,
    },
    { id: 'items', title: c.items, track: '90px', right: true, cell: (one) => count(one.itemsTotal) },
    {
      id: 'verified',
      title: c.verified,
      track: '90px',
      right: true,
      cell: (one) => (one.verification ? count(one.verification.result.items.verified) : '–'),
    },
    { id: 'size', title: c.size, track: '90px', right: true, hideBelow: 640, cell: (one) => bytes(one.bytesDone) },
    {
      id: 'at',
      title: c.at,
      track: '190px',
      hideBelow: 760,
      cell: (one) => (one.verification ? exactTime(one.verification.at) : ''),
    },
  ];
  return (
    <VirtualTable
      label={t.members}
      columns={columns}
      total={members.length}
      rowAt={(index) => members[index]}
      rowId={(one) => one.workloadId}
      onRange={nothing}
      active={active}
      onActive={setActive}
      onOpen={nothing}
    />
  );
}
