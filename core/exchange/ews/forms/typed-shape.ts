import type { CallOptions } from '../../mail-store.ts';
import { type CarriedProperty, carriedUris } from './carried-properties.ts';

export interface ReadOptions extends CallOptions {
  /** Properties of the customer's own forms; null where the server tells no extended properties at all. */
  extra: CarriedProperty[] | null;
}

/** All typed properties of an item, its best body, and the properties that are carried beside them. */
export function typedShape(element: string, extra: ReadOptions['extra']): string {
  const carried = carriedUris(element, extra);
  const beside = carried === '' ? '' : `<t:AdditionalProperties>${carried}</t:AdditionalProperties>`;
  return `<m:ItemShape><t:BaseShape>AllProperties</t:BaseShape><t:BodyType>Best</t:BodyType>${beside}</m:ItemShape>`;
}
