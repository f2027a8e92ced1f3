import { formatBytes, formatCount } from '../../core/domain/format.ts';
import type { Api } from '../context.ts';
import { table } from '../table.ts';

export type Verdict = Awaited<ReturnType<Api['batches']['verdict']>>;

/** What `npm run demo -- --json FILE` writes (a contract: docs of the command line). */
export interface DemoResult {
  verified: boolean;
  seconds: number;
  workers: number;
  objects: { source: number; target: number; matched: number; created: number; conflicts: number; unmatched: number };
  mailboxes: { planned: number; verified: number };
  publicFolders: { planned: number; verified: number };
  items: {
    source: number;
    copied: number;
    verified: number;
    different: number;
    missing: number;
    extra: number;
    bad: number;
  };
  bytes: number;
  report: string;
  /** Every item that is not verified, by folder and id, and every file of a corpus that could not be read. */
  findings: string[];
}

/** What is not as it should be, one line each: kind, whose, which folder, which item. */
export function findingLines(verdict: Verdict): string[] {
  return verdict.workloads.flatMap((workload) => {
    const lines = workload.findings.map((finding) => {
      const id = finding.sourceId ?? finding.targetId ?? 'unknown';
      const details = finding.details.length > 0 ? ` (${finding.details.join(', ')})` : '';
      return `${finding.kind}: ${workload.displayName}, folder ${finding.folder}, ${finding.itemClass}, item ${id}${details}`;
    });
    const more = workload.findingsTotal - workload.findings.length;
    return more > 0 ? [...lines, `${workload.displayName}: and ${formatCount(more)} more`] : lines;
  });
}

/** The closing table. */
export function describeResult(result: DemoResult): string {
  const { objects, mailboxes, publicFolders, items } = result;
  const rows: [string, string, string][] = [
    [
      'Directory objects',
      formatCount(objects.source),
      `${formatCount(objects.matched)} matched, ${formatCount(objects.created)} created, ${formatCount(objects.conflicts)} conflicts, ${formatCount(objects.unmatched)} unmatched`,
    ],
    ['Mailboxes', formatCount(mailboxes.planned), `${formatCount(mailboxes.verified)} verified`],
    ['Public folders', formatCount(publicFolders.planned), `${formatCount(publicFolders.verified)} verified`],
    [
      'Items',
      formatCount(items.source),
      `${formatCount(items.copied)} copied, ${formatCount(items.verified)} verified`,
    ],
    [
      'Not whole',
      formatCount(items.different + items.missing + items.extra + items.bad),
      `${formatCount(items.different)} different, ${formatCount(items.missing)} missing, ${formatCount(items.extra)} extra, ${formatCount(items.bad)} bad`,
    ],
    ['Size', formatBytes(result.bytes), ''],
    ['Time', `${result.seconds.toFixed(1)} s`, `${formatCount(result.workers)} workers`],
  ];
  const lines = table(rows, [
    { title: '', cell: ([name]) => name },
    { title: 'Source', cell: ([, count]) => count, right: true },
    { title: 'Target', cell: ([, , what]) => what, max: 80 },
  ]);
  return [
    lines,
    ...(result.findings.length > 0 ? [...result.findings, ''] : []),
    `verified: ${result.verified}`,
    ...(result.report === '' ? [] : [`report:   ${result.report}`]),
  ].join('\n');
}
