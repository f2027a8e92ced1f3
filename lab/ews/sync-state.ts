import { z } from 'zod';
import { EwsError } from './errors.ts';

/** What a sync state says: of which list, and how far. */
export type SyncKind = 'items' | 'hierarchy';

const shape = z.tuple([z.literal(1), z.enum(['items', 'hierarchy']), z.string(), z.string(), z.boolean()]);

/** Writes a sync state: opaque to clients. `of` is the folder, or for hierarchies the root they asked for. */
export function writeSyncState(kind: SyncKind, of: string, position: string, associated = false): string {
  return Buffer.from(JSON.stringify([1, kind, of, position, associated]), 'utf8').toString('base64');
}

/** The position a sync state stands at, '' without one; throws ErrorInvalidSyncStateData. */
export function readSyncState(text: string | undefined, kind: SyncKind, of: string, associated = false): string {
  if (text === undefined || text === '') return '';
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(text, 'base64').toString('utf8'));
  } catch {
    throw staleSyncState();
  }
  const parsed = shape.safeParse(json);
  if (!parsed.success) throw staleSyncState();
  const [, itsKind, itsFolder, position, itsAssociated] = parsed.data;
  if (itsKind !== kind || itsFolder !== of || itsAssociated !== associated) throw staleSyncState();
  return position;
}

export function staleSyncState(): EwsError {
  return new EwsError('ErrorInvalidSyncStateData', 'Synchronization state data is corrupt or otherwise invalid.');
}
