import type { MailStore } from './mail-store.ts';

/** A store that does some things differently; everything else goes to the one behind it. */
export function override(store: MailStore, other: Partial<MailStore>): MailStore {
  return new Proxy(store, {
    get(behind, name) {
      if (Object.hasOwn(other, name)) return Reflect.get(other, name);
      const value: unknown = Reflect.get(behind, name, behind);
      return typeof value === 'function' ? value.bind(behind) : value;
    },
  });
}
