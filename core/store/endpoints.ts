import type { Kysely } from 'kysely';
import { attributesSchema, first } from '../domain/recipient.ts';
import type { Database } from './schema.ts';

/** Where a workload's calls go, as windows and limits name it. */
export interface Endpoints {
  sourceEndpoint?: string;
  targetEndpoint?: string;
}

const IDS_A_STATEMENT = 500;

/** `server:NAME` of the server a mailbox is on (the last part of msExchHomeServerName); none where it is not known. */
export function serverOf(attributes: string | null): string | undefined {
  if (attributes === null) return undefined;
  const home = first(attributesSchema.parse(JSON.parse(attributes)), 'msExchHomeServerName');
  const name = home
    ?.slice(home.lastIndexOf('=') + 1)
    .trim()
    .toLowerCase();
  return name ? `server:${name}` : undefined;
}

/** The servers of both sides of some workloads; public folders have an endpoint of their own on each side. */
export async function endpointsOf(
  db: Kysely<Database>,
  workloadIds: readonly number[],
): Promise<Map<number, Endpoints>> {
  const found = new Map<number, Endpoints>();
  for (let at = 0; at < workloadIds.length; at += IDS_A_STATEMENT) {
    const rows = await db
      .selectFrom('workload as w')
      .leftJoin('recipient as s', 's.id', 'w.source_id')
      .leftJoin('match as m', 'm.source_id', 'w.source_id')
      .leftJoin('recipient as t', 't.id', 'm.target_id')
      .select(['w.id as id', 'w.kind as kind', 's.attributes as source', 't.attributes as target'])
      .where('w.id', 'in', workloadIds.slice(at, at + IDS_A_STATEMENT))
      .execute();
    for (const row of rows) {
      const folders = row.kind === 'publicFolders';
      const source = folders ? 'publicFolders:source' : serverOf(row.source);
      const target = folders ? 'publicFolders:target' : serverOf(row.target);
      found.set(row.id, {
        ...(source !== undefined && { sourceEndpoint: source }),
        ...(target !== undefined && { targetEndpoint: target }),
      });
    }
  }
  return found;
}
