import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { ExitStatus } from '../../core/domain/errors.ts';
import { formatCount } from '../../core/domain/format.ts';
import { exportAudit, type StoredAuditEntry } from '../../core/store/audit.ts';
import type { Store } from '../../core/store/store.ts';
import { withApi } from '../context.ts';
import { addCommand, type CommonOptions, type Result } from '../frame.ts';
import { table } from '../table.ts';

interface AuditOptions extends CommonOptions {
  verify?: boolean;
  out?: string;
  limit: string;
}

export function register(program: Command): void {
  addCommand<AuditOptions>(
    program,
    'audit',
    'who did what, when, on which object; and whether anybody tampered with that record',
    (c) =>
      c
        .option('--verify', 'read the whole chain again and name every changed, removed or inserted entry')
        .option('--out <file>', 'write all entries to a file, one JSON document a line')
        .option('--limit <n>', 'show so many of the newest entries', '50'),
    run,
  );
}

async function run(options: AuditOptions): Promise<Result> {
  return await withApi(options, async (api, { store }) => {
    const written = options.out === undefined ? undefined : await write(store, options.out);
    if (options.verify) {
      const verdict = await api.audit.verify();
      const { entries, findings, head } = verdict;
      const text = findings.length
        ? `${formatCount(entries)} entries; the log was tampered with:\n${findings.map((one) => `  ${one.text}`).join('\n')}`
        : `${formatCount(entries)} entries, an unbroken chain.${head ? `\nThe last one is ${head.id}, hash ${head.hash}.` : ''}`;
      return {
        json: { ...verdict, ...(written && { written }) },
        text: said(written, text),
        exitStatus: findings.length ? ExitStatus.findings : ExitStatus.done,
      };
    }
    if (written) return { json: { written }, text: said(written, '') };
    const entries = await api.audit.list({ limit: Number(options.limit) });
    return { json: { entries: entries.map(shown) }, text: entries.length ? list(entries) : 'Nothing was done yet.' };
  });
}

interface Written {
  file: string;
  entries: number;
}

function said(written: Written | undefined, text: string): string {
  return [written && `${formatCount(written.entries)} entries were written to ${written.file}.`, text]
    .filter(Boolean)
    .join('\n');
}

async function write(store: Store, file: string): Promise<Written> {
  let entries = 0;
  const lines = async function* () {
    for await (const entry of exportAudit(store)) {
      entries++;
      yield `${JSON.stringify(shown(entry))}\n`;
    }
  };
  await pipeline(Readable.from(lines()), createWriteStream(file, { mode: 0o600 }));
  return { file, entries };
}

const shown = ({ at, ...entry }: StoredAuditEntry) => ({ ...entry, at: new Date(at).toISOString() });

function list(entries: StoredAuditEntry[]): string {
  return table(entries, [
    { title: 'No', cell: ({ id }) => String(id), right: true },
    { title: 'When (UTC)', cell: ({ at }) => new Date(at).toISOString().slice(0, 19).replace('T', ' ') },
    { title: 'Who', cell: ({ who, host }) => `${who}@${host}` },
    { title: 'What', cell: ({ action }) => action },
    { title: 'On', cell: ({ object }) => object },
  ]);
}
