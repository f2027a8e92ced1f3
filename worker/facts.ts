import { statfsSync } from 'node:fs';
import { arch, availableParallelism, freemem, hostname, release, totalmem, type } from 'node:os';
import { RateWindow } from '../core/domain/progress.ts';
import type { MachineFacts } from '../core/store/machines.ts';

/** What a worker tells about itself and its host with every heartbeat. */
export class Facts {
  readonly #items = new RateWindow();
  readonly #bytes = new RateWindow();
  readonly #folder: string;

  /** @param folder whose disk is reported: where large items and logs go */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** What this worker has copied since it started, for the current rate. */
  copied(items: number, bytes: number): void {
    const at = performance.now();
    this.#items.add(at, items);
    this.#bytes.add(at, bytes);
  }

  read(running: number): MachineFacts {
    return {
      os: `${type()} ${release()} ${arch()}`,
      host: hostname(),
      pid: process.pid,
      node: process.versions.node,
      cores: availableParallelism(),
      memoryTotal: totalmem(),
      memoryFree: freemem(),
      memoryUsed: process.memoryUsage.rss(),
      ...diskFree(this.#folder),
      running,
      itemsPerSecond: this.#items.perSecond() ?? 0,
      bytesPerSecond: this.#bytes.perSecond() ?? 0,
    };
  }
}

function diskFree(folder: string): { diskFree?: number } {
  try {
    const disk = statfsSync(folder);
    return { diskFree: disk.bavail * disk.bsize };
  } catch {
    return {};
  }
}
