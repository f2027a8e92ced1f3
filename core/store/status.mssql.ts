import type { ServerStatus } from './status.ts';
import type { Store } from './store.ts';

export async function aboutMssql(store: Store): Promise<ServerStatus> {
  throw new Error(`not yet: ${store.url}`);
}
