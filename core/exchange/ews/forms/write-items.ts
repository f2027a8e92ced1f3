import type { ItemToWrite, MimeContent, Result, TypedContent, WriteOptions, WrittenItem } from '../../mail-store.ts';
import { EwsError } from '../codes.ts';
import { createItems } from '../operations/create-item.ts';
import { deleteItem } from '../operations/delete-item.ts';
import type { Session } from '../run.ts';
import { essential } from './carried-properties.ts';
import { propertyKey } from './read-content.ts';
import { itemXml, type Leaving } from './write-content.ts';
import { writeExceptions } from './write-exceptions.ts';

/** Rounds in which a server may refuse fields of an item, before only the essential ones are tried. */
const ROUNDS = 4;
/** Codes that mean: not with this field or property. */
const FIELD_REFUSED = new Set([
  'ErrorInvalidPropertySet',
  'ErrorInvalidPropertyUpdateSentMessage',
  'ErrorInvalidExtendedProperty',
  'ErrorInvalidExtendedPropertyValue',
  'ErrorInvalidPropertyRequest',
  'ErrorUnsupportedPropertyDefinition',
  'ErrorPropertyUpdate',
  'ErrorItemSave',
  'ErrorItemSavePropertyError',
  'ErrorSchemaValidation',
]);

/**
 * Writes items from MIME or typed properties, one call a folder at best. A field that the server refuses is left out and
 * told. An item that replaces another is made beside it, and the other is removed afterwards.
 */
export async function writeItems(
  session: Session,
  items: ItemToWrite[],
  options: WriteOptions,
): Promise<Result<WrittenItem>[]> {
  const results: Result<WrittenItem>[] = [];
  const indexed = items.map((item, index) => ({ item, index }));
  for (const [folderId, group] of Map.groupBy(indexed, ({ item }) => item.folderId)) {
    const written = await writeFolder(
      session,
      folderId,
      group.map(({ item }) => item),
      options,
    );
    for (const [at, { item, index }] of group.entries()) {
      const answer = written[at];
      if (!answer) continue;
      results[index] = answer.ok ? await finish(session, item, answer.value, options) : answer;
    }
  }
  return results;
}

type Form = MimeContent | TypedContent;

async function writeFolder(
  session: Session,
  folderId: string,
  items: ItemToWrite[],
  options: WriteOptions,
): Promise<Result<WrittenItem>[]> {
  const results: Result<WrittenItem>[] = [];
  let open = items.map((item, index) => ({
    item,
    index,
    left: { fields: new Set<string>(), properties: new Set<string>() },
  }));
  for (let round = 0; open.length > 0; round++) {
    const answers = await createItems(
      session,
      folderId,
      open.map(({ item, left }) => itemXml(item.content as Form, left)),
      options,
    );
    const again: typeof open = [];
    for (const [at, entry] of open.entries()) {
      const answer = answers[at];
      if (!answer) continue;
      if (!answer.ok && round < ROUNDS && leaveOut(entry.left, entry.item.content as Form, answer.error, round))
        again.push(entry);
      else {
        const left = [...entry.left.fields, ...entry.left.properties];
        results[entry.index] = answer.ok && left.length > 0 ? { ok: true, value: { ...answer.value, left } } : answer;
      }
    }
    open = again;
  }
  return results;
}

/** Takes out what the error names; all but the essential where it names nothing. False when there is nothing to take out. */
function leaveOut(
  left: { fields: Set<string>; properties: Set<string> },
  content: Form,
  error: Error,
  round: number,
): left is Leaving & typeof left {
  if (!(error instanceof EwsError) || !FIELD_REFUSED.has(error.code)) return false;
  const before = left.fields.size + left.properties.size;
  for (const name of error.about) {
    const field = name.includes(':') ? (name.split(':')[1] ?? name) : name;
    if (content.fields.some((f) => f.name === field)) left.fields.add(field);
    for (const property of content.properties)
      if (property.tag === name.toLowerCase() || property.name === name || String(property.id) === name)
        left.properties.add(propertyKey(property));
  }
  if (left.fields.size + left.properties.size > before) return true;
  if (round > ROUNDS - 3) {
    const keep = new Set(essential(content.properties).map(propertyKey));
    for (const property of content.properties) {
      const key = propertyKey(property);
      if (!keep.has(key) || round === ROUNDS - 1) left.properties.add(key);
    }
  } else for (const property of content.properties) if (property.tag === '0x300b') left.properties.add('0x300b');
  return left.fields.size + left.properties.size > before || round < ROUNDS - 1;
}

/** Exceptions of a series, and the removal of what was replaced. A series without its exceptions is taken back. */
async function finish(
  session: Session,
  item: ItemToWrite,
  written: WrittenItem,
  options: WriteOptions,
): Promise<Result<WrittenItem>> {
  const exceptions = item.content.form === 'typed' ? item.content.exceptions : null;
  if (exceptions) {
    try {
      await writeExceptions(session, written.id, exceptions, options);
    } catch (error) {
      if (!(error instanceof EwsError)) throw error;
      await deleteItem(session, [written.id], 'HardDelete', options);
      return { ok: false, error };
    }
  }
  if (item.replaceId !== undefined) await deleteItem(session, [item.replaceId], 'SoftDelete', options);
  return { ok: true, value: written };
}
