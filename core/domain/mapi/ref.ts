import { type PropName, PropType } from './model.ts';

/** What a property is asked for by: its id, or for named properties its name; and the type it is written with. */
export interface PropRef {
  id: number;
  type: PropType;
  name?: PropName;
}

export type TypeName = keyof typeof PropType;

/** A property with a fixed id. */
export const tag = (id: number, type: TypeName): PropRef => ({ id, type: PropType[type] });

/** A named property with a number (PidLid…). Its id inside one bag means nothing; the number serves where it fits. */
export const lid = (set: string, id: number, type: TypeName): PropRef => ({
  id: Math.max(id, 0x8000),
  type: PropType[type],
  name: { set, id },
});

/** A named property with a string (PidName…). */
export const named = (set: string, name: string, type: TypeName): PropRef => ({
  id: 0x8000,
  type: PropType[type],
  name: { set, name },
});
