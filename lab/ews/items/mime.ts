import type { MapiMessage } from '../../../core/domain/mapi/model.ts';
import { ConvertError } from '../../convert/mime-error.ts';
import { EwsError } from '../errors.ts';

/** MIME and back. The converters bring large libraries, so they are loaded by the first call that needs them. */

export async function toMime(message: MapiMessage): Promise<Uint8Array> {
  const { messageToMime } = await import('../../convert/mime-out.ts');
  return messageToMime(message);
}

/** Throws ErrorMimeContentInvalid. */
export async function fromMime(mime: Uint8Array): Promise<MapiMessage> {
  const { mimeToMessage } = await import('../../convert/mime-in.ts');
  try {
    return await mimeToMessage(mime);
  } catch (error) {
    if (error instanceof ConvertError) throw new EwsError('ErrorMimeContentInvalid', 'The MIME content is invalid.');
    throw error;
  }
}
