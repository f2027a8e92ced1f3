import { z } from 'zod';
import { nameKey } from '../../domain/name-key.ts';
import { listBatches } from '../../store/batches.ts';
import { listForests } from '../../store/forests.ts';
import { listMachines } from '../../store/machines.ts';
import { searchRecipients } from '../../store/recipient-views.ts';
import { searchWorkloads } from '../../store/workload-search.ts';
import { procedure, router } from '../trpc.ts';

/** One search across everything that has a name. */
export const searchRouter = router({
  all: procedure
    .input(z.object({ text: z.string().trim().min(1).max(200), limit: z.int().min(1).max(20).default(8) }))
    .query(async ({ ctx, input }) => {
      const { store } = ctx;
      const wanted = nameKey(input.text);
      const fits = ({ name }: { name: string }) => nameKey(name).includes(wanted);
      const [recipients, workloads, batches, forests, machines] = await Promise.all([
        searchRecipients(store, input.text, input.limit),
        searchWorkloads(store, input.text, input.limit),
        listBatches(store),
        listForests(store),
        listMachines(store),
      ]);
      return {
        recipients,
        workloads,
        batches: batches
          .filter(fits)
          .slice(0, input.limit)
          .map(({ id, name }) => ({ id, name })),
        forests: forests.filter(fits).map(({ name, role }) => ({ name, role })),
        machines: machines
          .filter(fits)
          .slice(0, input.limit)
          .map(({ name, kind }) => ({ name, kind })),
      };
    }),
});
