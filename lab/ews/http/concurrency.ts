/** How a call gets in: at once, only to hear that the server is busy, or not at all. */
export interface Slot {
  state: 'free' | 'busy' | 'queueFull';
  leave: () => void;
}

/** EWSMaxConcurrency: calls of one mailbox that are under way at a time. */
export class Concurrency {
  readonly #limit: number;
  readonly #running = new Map<string, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  enter(mailbox: string): Slot {
    const running = (this.#running.get(mailbox) ?? 0) + 1;
    this.#running.set(mailbox, running);
    let left = false;
    const leave = () => {
      if (left) return;
      left = true;
      const now = (this.#running.get(mailbox) ?? 1) - 1;
      if (now === 0) this.#running.delete(mailbox);
      else this.#running.set(mailbox, now);
    };
    const state = running <= this.#limit ? 'free' : running <= this.#limit * 2 ? 'busy' : 'queueFull';
    return { state, leave };
  }
}
