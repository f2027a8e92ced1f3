const collect = globalThis.gc;

/** Bytes that this process keeps alive, buffers among them. @throws where it was not started with --expose-gc */
export function alive(): number {
  if (!collect) throw new Error('start it with --expose-gc');
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

export const megabytes = (bytes: number): number => Math.round(bytes / 1e5) / 10;

export interface Measured {
  figures: Record<string, number>;
  findings: string[];
}
