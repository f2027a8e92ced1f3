import type { DirectoryConfig } from './config.ts';
import type { DirectoryReader, ReadBatch, ReadOptions, ReadResult } from './reader.ts';

/** Reads the recipients of a forest from exports made by ldifde or csvde. */
export class FileReader implements DirectoryReader {
  readonly #config: DirectoryConfig;
  constructor(config: DirectoryConfig) {
    this.#config = config;
  }
  // biome-ignore lint/correctness/useYield: to be filled
  async *read(_options: ReadOptions): AsyncGenerator<ReadBatch, ReadResult> {
    throw new Error(`not yet ${this.#config.forest}`);
  }
  async close(): Promise<void> {}
}
