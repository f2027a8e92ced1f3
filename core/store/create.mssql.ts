import type { SetupAccount } from './create.ts';
import type { StoreAddress } from './url.ts';

export async function createMssqlDatabase(
  address: Extract<StoreAddress, { dialect: 'mssql' }>,
  setup: SetupAccount,
): Promise<void> {
  throw new Error(`not yet: ${address.shown} ${setup.user}`);
}
