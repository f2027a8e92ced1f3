import { CodecError } from '../../core/domain/mapi/codec-error.ts';
import { FolderExistsError, FolderRefusedError, NotFoundError, SyncStateError } from '../state/errors.ts';
import { EwsError } from './errors.ts';

/** Runs a change of the store; what the store refuses becomes the response code Exchange has for it. */
export function fromStore<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof FolderExistsError) {
      throw new EwsError('ErrorFolderExists', 'A folder with the specified name already exists.');
    }
    if (error instanceof FolderRefusedError)
      throw new EwsError('ErrorMoveCopyFailed', 'The folder cannot be changed so.');
    if (error instanceof SyncStateError)
      throw new EwsError('ErrorInvalidSyncStateData', 'Synchronization state data is corrupt or otherwise invalid.');
    if (error instanceof CodecError) throw new EwsError('ErrorCorruptData', 'The item is corrupt.');
    if (error instanceof NotFoundError) {
      throw error.kind === 'item'
        ? new EwsError('ErrorItemNotFound', 'The specified object was not found in the store.')
        : new EwsError('ErrorFolderNotFound', 'The specified folder could not be found in the store.');
    }
    throw error;
  }
}
