/**
 * Bytes that may be held at once. A larger demand than the whole budget is let in alone, so that one huge item passes
 * but never beside others. First come, first served.
 */
export class ByteBudget {
  readonly #total: number;
  #used = 0;
  readonly #waiting: { bytes: number; go: () => void }[] = [];

  constructor(total: number) {
    this.#total = total;
  }

  /** Waits for room; call the result when the bytes are free again. */
  async take(bytes: number): Promise<() => void> {
    const demand = Math.min(Math.max(1, bytes), this.#total);
    if (this.#waiting.length > 0 || this.#used + demand > this.#total)
      await new Promise<void>((go) => this.#waiting.push({ bytes: demand, go }));
    else this.#used += demand;
    let given = false;
    return () => {
      if (given) return;
      given = true;
      this.#used -= demand;
      this.#next();
    };
  }

  #next(): void {
    for (let first = this.#waiting[0]; first; first = this.#waiting[0]) {
      if (this.#used + first.bytes > this.#total) return;
      this.#waiting.shift();
      this.#used += first.bytes;
      first.go();
    }
  }
}
