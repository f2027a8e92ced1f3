import { EwsError, SoapFault } from './errors.ts';
import { type ExtendedField, extendedField } from './extended.ts';
import { DICTIONARY_URIS, FIELD_URIS } from './field-uris.ts';
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

/** Reads a path element; throws ErrorInvalidExtendedProperty, or a fault for a name that the schema does not have. */
export function fieldPath(node: XmlNode): FieldPath {
  const uri = node.attributes.FieldURI ?? '';
  switch (node.name) {
    case 'FieldURI':
      if (!FIELD_URIS.has(uri)) throw notInSchema(uri);
      return { kind: 'uri', uri };
    case 'IndexedFieldURI':
      if (!DICTIONARY_URIS.has(uri)) throw notInSchema(uri);
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

/** Exchange checks names of properties against its schema before it looks at anything else. */
function notInSchema(uri: string): SoapFault {
  return new SoapFault(
    'ErrorSchemaValidation',
    `The request failed schema validation: The value '${uri}' is not known.`,
  );
}
