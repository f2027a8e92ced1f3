import { useRef } from 'react';
import { RateWindow } from '../../../core/domain/progress.ts';

/** Rates of what is on the screen, from what was seen in the last half minute. Forgets rows that are gone. */
export class Rates {
  readonly #windows = new Map<number, { items: RateWindow; bytes: RateWindow; seen: number }>();

  add(id: number, at: number, items: number, bytes: number): void {
    const known = this.#windows.get(id) ?? { items: new RateWindow(), bytes: new RateWindow(), seen: at };
    known.items.add(at, items);
    known.bytes.add(at, bytes);
    known.seen = at;
    this.#windows.set(id, known);
    if (this.#windows.size > 2_000) this.#forget(at - 60_000);
  }

  items(id: number): number | undefined {
    return this.#windows.get(id)?.items.perSecond();
  }

  bytes(id: number): number | undefined {
    return this.#windows.get(id)?.bytes.perSecond();
  }

  #forget(before: number): void {
    for (const [id, window] of this.#windows) if (window.seen < before) this.#windows.delete(id);
  }
}

export function useRates(): Rates {
  const rates = useRef<Rates>(null);
  rates.current ??= new Rates();
  return rates.current;
}
