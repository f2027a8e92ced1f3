/** How fast something goes and how long it will take, from counts that were seen over time. Times in ms. */

interface Sample {
  at: number;
  value: number;
}

/**
 * The rate over a window that slides. A counter that falls (a second sync begins) starts the window anew instead of
 * giving a negative rate.
 */
export class RateWindow {
  readonly #windowMs: number;
  #samples: Sample[] = [];

  constructor(windowMs = 30_000) {
    this.#windowMs = windowMs;
  }

  add(at: number, value: number): void {
    const last = this.#samples.at(-1);
    if (last && value < last.value) this.#samples = [];
    else if (last && at <= last.at) return;
    this.#samples.push({ at, value });
    // The oldest sample stays until the next one is older than the window too, so that the window is always full.
    while (this.#samples.length > 2 && (this.#samples[1]?.at ?? at) <= at - this.#windowMs) this.#samples.shift();
  }

  /** Per second; undefined until two samples span at least `minSpanMs`. */
  perSecond(minSpanMs = 1_000): number | undefined {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || !last || last.at - first.at < minSpanMs) return undefined;
    return ((last.value - first.value) * 1000) / (last.at - first.at);
  }
}

/** Time left in ms at a rate per second; undefined where nothing moves, 0 where nothing is left. */
export function timeLeft(remaining: number, perSecond: number | undefined): number | undefined {
  if (remaining <= 0) return 0;
  if (perSecond === undefined || perSecond <= 0) return undefined;
  return (remaining / perSecond) * 1000;
}
