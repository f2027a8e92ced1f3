import { z } from 'zod';
import { FOREST_ROLES, type ForestRole } from '../../domain/words.ts';
import type { MailStore } from '../../exchange/mail-store.ts';
import { publicFolderWorkloads } from '../../store/public-folder-workloads.ts';
import { MailServers } from '../adapters.ts';
import type { ApiContext } from '../context.ts';
import { procedure, router } from '../trpc.ts';

/** Connections are kept for a while: opening a tree is many small questions. */
const KEEP_MS = 5 * 60_000;
const servers = new Map<string, { servers: MailServers; forget: NodeJS.Timeout }>();

async function open(ctx: ApiContext, role: ForestRole): Promise<MailStore> {
  const known = servers.get(ctx.store.url);
  if (known) known.forget.refresh();
  else {
    const made = new MailServers(ctx);
    const forget = setTimeout(() => {
      servers.delete(ctx.store.url);
      made.forget();
    }, KEEP_MS);
    servers.set(ctx.store.url, { servers: made, forget: forget.unref() });
  }
  try {
    const store = await servers.get(ctx.store.url)?.servers.open(role, '', 'publicFolders');
    if (!store) throw new Error('the servers were forgotten while they were asked');
    return store;
  } catch (error) {
    // A corrected password or address shall count at once.
    servers.get(ctx.store.url)?.servers.forget();
    throw error;
  }
}

const sideSchema = z.enum(FOREST_ROLES).default('source');

export const publicFoldersRouter = router({
  /** One level of a side's public folders: those below a folder, or below the root. Sizes in bytes, of the folder alone. */
  children: procedure
    .input(z.object({ side: sideSchema, below: z.string().max(2_000).optional() }))
    .query(async ({ ctx, input, signal }) => {
      const store = await open(ctx, input.side);
      const found = [];
      let left = 0;
      const options = { ...(signal && { signal }), ...(input.below !== undefined && { below: input.below }) };
      for await (const folder of store.folders('publicFolders', options)) {
        if (folder.parentId === null) left = folder.childCount;
        else {
          found.push({
            id: folder.id,
            name: folder.name,
            folderClass: folder.folderClass,
            items: folder.itemCount,
            bytes: folder.sizeBytes,
            children: folder.childCount,
          });
          left -= 1;
        }
        // The next level is read when somebody opens it.
        if (left <= 0) break;
      }
      return found.sort((a, b) => a.name.localeCompare(b.name));
    }),

  /** Folders, items and bytes of a whole subtree; takes a call for each 25 folders. */
  measure: procedure
    .input(z.object({ side: sideSchema, below: z.string().max(2_000).optional() }))
    .query(async ({ ctx, input, signal }) => {
      const store = await open(ctx, input.side);
      const sum = { folders: 0, items: 0, bytes: 0 };
      const options = { ...(signal && { signal }), ...(input.below !== undefined && { below: input.below }) };
      for await (const folder of store.folders('publicFolders', options)) {
        signal?.throwIfAborted();
        sum.folders += 1;
        sum.items += folder.itemCount;
        sum.bytes += folder.sizeBytes ?? 0;
      }
      return sum;
    }),

  /** Subtrees that batches hold, with their targets: the coloured spans over the tree. */
  workloads: procedure.query(({ ctx }) => publicFolderWorkloads(ctx.store)),
});
