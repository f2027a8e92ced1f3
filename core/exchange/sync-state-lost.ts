/** The server does not know the sync state any more: everything in the folder is listed again. */
export class SyncStateLost extends Error {
  override readonly name = 'SyncStateLost';
}
