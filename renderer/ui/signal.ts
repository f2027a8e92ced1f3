import { useSyncExternalStore } from 'react';

/** A value that several parts of the screen read and any code may set. */
export interface Signal<T> {
  get(): T;
  set(value: T): void;
  use(): T;
}

export function create<T>(first: T): Signal<T> {
  let value = first;
  const listeners = new Set<() => void>();
  const subscribe = (listener: () => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const get = () => value;
  return {
    get,
    set: (next) => {
      value = next;
      for (const listener of listeners) listener();
    },
    use: () => useSyncExternalStore(subscribe, get, get),
  };
}
