/** SQL Server by its product version: the least build the document allows, and when Microsoft's support ends. */
export interface SqlRelease {
  name: string;
  major: number;
  /** Least build of the document; undefined where any will do. */
  least?: { build: string; name: string };
  /** Only this edition is allowed. */
  express?: boolean;
  /** End of extended support, ISO date (Microsoft, lifecycle of SQL Server). */
  supportEnds: string;
}

export const SQL_RELEASES: readonly SqlRelease[] = [
  {
    name: 'SQL Server 2012',
    major: 11,
    least: { build: '11.0.5058', name: 'SP2' },
    express: true,
    supportEnds: '2022-07-12',
  },
  { name: 'SQL Server 2014', major: 12, least: { build: '12.0.5590', name: 'SP2 CU13' }, supportEnds: '2024-07-09' },
  { name: 'SQL Server 2016', major: 13, least: { build: '13.0.5216', name: 'SP2 CU3' }, supportEnds: '2026-07-14' },
  { name: 'SQL Server 2017', major: 14, least: { build: '14.0.3038', name: 'CU11' }, supportEnds: '2027-10-12' },
  { name: 'SQL Server 2019', major: 15, supportEnds: '2030-01-08' },
  { name: 'SQL Server 2022', major: 16, supportEnds: '2033-01-11' },
  { name: 'SQL Server 2025', major: 17, supportEnds: '2036-01-06' },
];

/** -1, 0 or 1 as versions of numbers and dots compare; missing parts are 0. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split('.').map(Number));
  for (let i = 0; i < Math.max(left?.length ?? 0, right?.length ?? 0); i++) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0);
    if (difference !== 0) return Math.sign(difference);
  }
  return 0;
}
