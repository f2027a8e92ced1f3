import { MultiBar, Presets, type SingleBar } from 'cli-progress';
import { formatCount, formatDuration, formatRate } from '../../core/domain/format.ts';
import { RateWindow, timeLeft } from '../../core/domain/progress.ts';

/** One bar: what is counted, how much there is, how much is done. */
export interface Measure {
  name: string;
  total: number;
  done: number;
}

const LINE_EVERY_MS = 5_000;

/**
 * Progress of the demo on stderr: bars where it is a terminal, otherwise a line now and then. Rates come from the last
 * half minute.
 */
export class DemoProgress {
  readonly #tty = process.stderr.isTTY === true;
  readonly #rates = new Map<string, RateWindow>();
  readonly #started = performance.now();
  #bars: MultiBar | undefined;
  #lines = new Map<string, SingleBar>();
  #lastLine = 0;

  /** A step of the trip, as one line that stays. */
  step(text: string): void {
    this.clear();
    process.stderr.write(`${this.#clock()}  ${text}\n`);
  }

  show(measures: readonly Measure[]): void {
    const now = performance.now();
    const shown = measures.map((measure) => {
      const rate = this.#rates.get(measure.name) ?? new RateWindow(15_000);
      this.#rates.set(measure.name, rate);
      rate.add(now, measure.done);
      const perSecond = rate.perSecond();
      const left = timeLeft(measure.total - measure.done, perSecond);
      return {
        ...measure,
        rate: perSecond ? formatRate(perSecond) : '-',
        left: left === undefined ? '-' : formatDuration(left),
      };
    });
    if (this.#tty) this.#draw(shown);
    else if (now - this.#lastLine > LINE_EVERY_MS) {
      this.#lastLine = now;
      const parts = shown.map(
        (m) => `${m.name} ${formatCount(m.done)}/${formatCount(m.total)} at ${m.rate}, ${m.left} left`,
      );
      process.stderr.write(`${this.#clock()}  ${parts.join('; ')}\n`);
    }
  }

  #draw(shown: readonly (Measure & { rate: string; left: string })[]): void {
    this.#bars ??= new MultiBar(
      {
        format: '       {name} {bar} {percentage} %  {counts}  {rate}  {left} left',
        hideCursor: true,
        clearOnComplete: true,
        barsize: 30,
        fps: 8,
        stream: process.stderr,
      },
      Presets.shades_classic,
    );
    for (const measure of shown) {
      const payload = {
        name: measure.name.padEnd(15),
        counts: `${formatCount(measure.done)}/${formatCount(measure.total)}`.padStart(13),
        rate: measure.rate.padStart(8),
        left: measure.left.padStart(8),
      };
      const bar = this.#lines.get(measure.name);
      if (bar) {
        bar.setTotal(Math.max(1, measure.total));
        bar.update(measure.done, payload);
      } else {
        this.#lines.set(measure.name, this.#bars.create(Math.max(1, measure.total), measure.done, payload));
      }
    }
  }

  /** Takes the bars off the screen. */
  clear(): void {
    this.#bars?.stop();
    this.#bars = undefined;
    this.#lines = new Map();
    this.#rates.clear();
  }

  #clock(): string {
    return `${((performance.now() - this.#started) / 1000).toFixed(0).padStart(4)} s`;
  }
}
