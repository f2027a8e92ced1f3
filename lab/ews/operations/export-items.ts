import type { ItemRecord } from '../../model.ts';
import { isPublic, itemOf, throwItemFault } from '../access.ts';
import type { Call, Chunk } from '../context.ts';
import { EwsError } from '../errors.ts';
import { base64Stream } from '../http/answer.ts';
import { type Operation, responseMessages } from '../respond.ts';
import { child } from '../xml/node.ts';
import { el } from '../xml/write.ts';

const TRUNCATED = '=== Truncated Data ===';

/**
 * [MS-OXWSBTRF] 3.1.4.1: whole items as opaque streams. The ids come back in another spelling than they were sent in, so
 * answers belong to requests by their position.
 */
export const exportItems: Operation = (request, call) => {
  const ids = child(request, 'ItemIds')?.children ?? [];
  return responseMessages(call, { name: 'ExportItems' }, ids, (id) => {
    const { item, folder } = itemOf(call, id);
    if (isPublic(folder) && call.options.bulkTransfer !== 'everywhere') {
      throw new EwsError('ErrorInvalidOperation', 'ExportItems is not supported for public folders.');
    }
    return stream(call, item);
  });
};

function stream(call: Call, item: ItemRecord): Iterable<Chunk> {
  const fault = call.faultFor(item);
  if (fault?.kind === 'short') return short(call, item, fault.fraction, fault.form);
  if (fault) throwItemFault(fault);
  return whole(call, item, call.store.exportChunks(item.id));
}

function idXml(call: Call, item: ItemRecord): string {
  return el('m:ItemId', '', { Id: call.ids.write({ kind: 'item', id: item.id }, 'other'), ChangeKey: item.changeKey });
}

function* whole(call: Call, item: ItemRecord, bytes: Iterable<Uint8Array>): Generator<Chunk> {
  yield `${idXml(call, item)}<m:Data>`;
  yield* base64Stream(bytes);
  yield '</m:Data>';
}

/** An export that broke off: with its mark in the text, within the bytes, or without any. */
function* short(call: Call, item: ItemRecord, fraction: number, form: 'text' | 'bytes' | 'silent'): Generator<Chunk> {
  const data = call.store.exportStream(item.id);
  const part = Buffer.from(data.subarray(0, Math.floor(data.length * fraction)));
  const bytes = form === 'bytes' ? Buffer.concat([part, Buffer.from(TRUNCATED, 'latin1')]) : part;
  yield `${idXml(call, item)}<m:Data>${bytes.toString('base64')}${form === 'text' ? TRUNCATED : ''}</m:Data>`;
}
