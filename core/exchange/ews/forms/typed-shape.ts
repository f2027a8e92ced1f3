import type { CallOptions } from '../../mail-store.ts';
import { type CarriedProperty, carriedUris } from './carried-properties.ts';

export interface ReadOptions extends CallOptions {
  extra: CarriedProperty[];
}

/** All typed properties of an item, its best body, and the properties that are carried beside them. */
export function typedShape(element: string, extra: CarriedProperty[]): string {
  return `<m:ItemShape><t:BaseShape>AllProperties</t:BaseShape><t:BodyType>Best</t:BodyType><t:AdditionalProperties>${carriedUris(element, extra)}</t:AdditionalProperties></m:ItemShape>`;
}
