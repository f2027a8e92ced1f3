import type { SeriesExceptions, TypedContent } from '../../mail-store.ts';
import { getItem } from '../operations/get-item.ts';
import type { Session } from '../run.ts';
import { child, children, timeOf, type XmlNode } from '../xml.ts';
import { type ReadOptions, typedShape } from './typed-shape.ts';

/** An occurrence shows these of its series; read again they would lead back to itself. */
const SERIES = new Set(['ModifiedOccurrences', 'DeletedOccurrences']);

/** The changed and removed occurrences of a series; null for a single appointment. */
export async function readExceptions(
  session: Session,
  node: XmlNode,
  options: ReadOptions,
  read: (occurrence: XmlNode) => Promise<TypedContent>,
): Promise<SeriesExceptions | null> {
  const modified = children(child(node, 'ModifiedOccurrences'), 'Occurrence');
  const deleted = children(child(node, 'DeletedOccurrences'), 'DeletedOccurrence');
  if (modified.length === 0 && deleted.length === 0) return null;
  const exceptions: SeriesExceptions = {
    deleted: deleted.flatMap((d) => timeOf(d, 'Start') ?? []),
    modified: [],
  };
  const known = modified.flatMap((m) => {
    const id = child(m, 'ItemId')?.attributes.Id;
    const originalStart = timeOf(m, 'OriginalStart') ?? timeOf(m, 'Start');
    return id !== undefined && originalStart !== undefined ? [{ id, originalStart }] : [];
  });
  if (known.length === 0) return exceptions;
  const found = await getItem(
    session,
    known.map((k) => k.id),
    typedShape('CalendarItem', options.extra),
    options,
  );
  for (const [index, { originalStart }] of known.entries()) {
    const answer = found[index];
    if (!answer) continue;
    if (!answer.ok) throw answer.error;
    const content = await read({ ...answer.value, children: answer.value.children.filter((c) => !SERIES.has(c.name)) });
    exceptions.modified.push({ originalStart, content: { ...content, exceptions: null } });
  }
  return exceptions;
}
