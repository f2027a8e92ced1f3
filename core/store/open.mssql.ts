import type { OpenOptions } from './open.ts';
import type { Store } from './store.ts';
import type { StoreAddress } from './url.ts';

export async function openMssqlStore(
  address: Extract<StoreAddress, { dialect: 'mssql' }>,
  options: OpenOptions,
): Promise<Store> {
  void options;
  throw new Error(`not yet: ${address.shown}`);
}

export async function connectMssql(address: Extract<StoreAddress, { dialect: 'mssql' }>): Promise<Store> {
  throw new Error(`not yet: ${address.shown}`);
}
