import { EwsError } from './errors.ts';
import { type ExtendedField, extendedField } from './extended.ts';
import type { XmlNode } from './xml/node.ts';
import { el } from './xml/write.ts';

/** A property as EWS names it: by URI, by URI and index (dictionaries), or as an extended property. */
export type FieldPath =
  | { kind: 'uri'; uri: string }
  | { kind: 'indexed'; uri: string; index: string }
  | { kind: 'extended'; field: ExtendedField };

const PATH_ELEMENTS = new Set(['FieldURI', 'IndexedFieldURI', 'ExtendedFieldURI']);

export function isPath(node: XmlNode): boolean {
  return PATH_ELEMENTS.has(node.name);
}

/** Reads a path element; throws ErrorInvalidPropertyRequest or ErrorInvalidExtendedProperty. */
export function fieldPath(node: XmlNode): FieldPath {
  const uri = node.attributes.FieldURI ?? '';
  switch (node.name) {
    case 'FieldURI':
      return { kind: 'uri', uri };
    case 'IndexedFieldURI':
      return { kind: 'indexed', uri, index: node.attributes.FieldIndex ?? '' };
    case 'ExtendedFieldURI':
      return { kind: 'extended', field: extendedField(node) };
    default:
      throw new EwsError('ErrorInvalidPropertyRequest', 'The property is not known.');
  }
}

/** The path element again, for MessageXml. */
export function pathXml(path: FieldPath): string {
  switch (path.kind) {
    case 'uri':
      return el('t:FieldURI', '', { FieldURI: path.uri });
    case 'indexed':
      return el('t:IndexedFieldURI', '', { FieldURI: path.uri, FieldIndex: path.index });
    case 'extended':
      return path.field.uri;
  }
}
