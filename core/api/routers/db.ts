import { databaseStatus } from '../../store/status.ts';
import { procedure, router } from '../trpc.ts';

export const dbRouter = router({
  /** Server, version, collation, rights and the state of the schema. */
  status: procedure.query(async ({ ctx }) => await databaseStatus(ctx.store)),
});
