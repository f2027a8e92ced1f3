import { z } from 'zod';
import { publicFolderTargetSchema, TARGET_CHANGE_POLICIES } from '../../domain/batch-options.ts';
import { FOREST_ROLES, type ForestRole } from '../../domain/words.ts';
import type { MailStore } from '../../exchange/mail-store.ts';
import { scanPublicFolders } from '../../plan/folders/scan.ts';
import { subtrees } from '../../plan/folders/subtrees.ts';
import { setFolderTarget } from '../../plan/folders/target.ts';
import { setTwoWay } from '../../plan/folders/two-way.ts';
import { appendAudit } from '../../store/audit.ts';
import { locksOf } from '../../store/folder-locks.ts';
import { decideOrphan, listOrphans } from '../../store/orphans.ts';
import { lastScan } from '../../store/public-folder-stats.ts';
import { publicFolderWorkloads } from '../../store/public-folder-workloads.ts';
import { workloadsOf } from '../../store/workloads.ts';
import { MailServers } from '../adapters.ts';
import { actorOf, batchRef, resolveBatch } from '../batch-ref.ts';
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

  /** Reads the source's whole tree into the project: items, bytes, last change and, when asked for, owners. */
  scan: procedure.input(z.object({ owners: z.boolean().default(true) })).mutation(async ({ ctx, input, signal }) => {
    const store = await open(ctx, 'source');
    return await scanPublicFolders(ctx.store, store, { owners: input.owners, ...(signal && { signal }) });
  }),

  /** Sums of subtrees as the last scan found them, largest first; null where there was no scan yet. */
  statistics: procedure
    .input(
      z.object({
        below: z.string().max(2_000).optional(),
        depth: z.int().min(1).max(20).default(1),
        limit: z.int().min(1).max(5_000).default(500),
      }),
    )
    .query(async ({ ctx, input: { below, ...rest } }) => ({
      scan: (await lastScan(ctx.store)) ?? null,
      subtrees: await subtrees(ctx.store, { ...rest, ...(below !== undefined && { below }) }),
    })),

  /** Where a batch's subtree goes: public folders, a shared or group mailbox, or an archive. */
  setTarget: procedure
    .input(z.object({ batch: batchRef, target: publicFolderTargetSchema }))
    .mutation(async ({ ctx, input }) => {
      const batch = await resolveBatch(ctx.store, input.batch);
      const targets = await setFolderTarget(ctx.store, batch, input.target);
      const entry = { action: 'publicFolders.target', object: `batch ${batch.name}`, after: input.target };
      await appendAudit(ctx.store, [{ ...actorOf(ctx), ...entry }]);
      return { batch: batch.name, targets };
    }),

  /** A subtree of a batch is synced both ways, with a rule for conflicts; null: one way again. */
  setTwoWay: procedure
    .input(z.object({ batch: batchRef, path: z.string().min(1), rule: z.enum(TARGET_CHANGE_POLICIES).nullable() }))
    .mutation(async ({ ctx, input: { batch: name, ...choice } }) => {
      const batch = await resolveBatch(ctx.store, name);
      const twoWay = await setTwoWay(ctx.store, batch, choice);
      const entry = { action: 'publicFolders.twoWay', object: `batch ${batch.name}`, after: choice };
      await appendAudit(ctx.store, [{ ...actorOf(ctx), ...entry }]);
      return { batch: batch.name, twoWay };
    }),

  /**
   * The lock on each folder of a batch: what has really taken, what is really released, and what blocks it with why; and
   * how many subtrees of public folders the batch has.
   */
  locks: procedure.input(z.object({ batch: batchRef })).query(async ({ ctx, input }) => {
    const batch = await resolveBatch(ctx.store, input.batch);
    const members = (await workloadsOf(ctx.store, batch.id)).filter(({ kind }) => kind === 'publicFolders');
    const locks = await Promise.all(members.map(({ id }) => locksOf(ctx.store.db, id)));
    return {
      batch: batch.name,
      subtrees: members.length,
      locks: locks.flat().map(({ before: _before, key: _key, ...lock }) => lock),
    };
  }),

  /** Users of the source who have rights on synced folders and no counterpart, with what was decided for them. */
  orphans: procedure.input(z.object({ batch: batchRef.optional() })).query(async ({ ctx, input }) => {
    const batch = input.batch === undefined ? undefined : await resolveBatch(ctx.store, input.batch);
    return await listOrphans(ctx.store, batch?.id);
  }),

  /** Gives an orphan's rights to somebody else, leaves them behind, or (null) takes that back; the next sync writes it. */
  decideOrphan: procedure
    .input(
      z.discriminatedUnion('choice', [
        z.object({ address: z.string().min(1), choice: z.literal('map'), targetAddress: z.email() }),
        z.object({ address: z.string().min(1), choice: z.literal('drop') }),
        z.object({ address: z.string().min(1), choice: z.null() }),
      ]),
    )
    .mutation(async ({ ctx, input }) => {
      const targetAddress = input.choice === 'map' ? input.targetAddress : null;
      await ctx.store.db.transaction().execute(async (trx) => {
        const decision = { address: input.address, choice: input.choice, targetAddress, who: ctx.actor.user };
        await decideOrphan(ctx.store, trx, decision);
        const entry = {
          action: 'orphan.decide',
          object: input.address,
          after: { choice: input.choice, targetAddress },
        };
        await appendAudit(ctx.store, [{ ...actorOf(ctx), ...entry }], trx);
      });
      return { address: input.address, choice: input.choice, targetAddress };
    }),
});
