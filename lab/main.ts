import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { writeWhole } from './lab-state.ts';
import { type LabOptions, type LabOrganisation, startLab } from './start.ts';

export interface RunOptions extends LabOptions {
  /** Written when both organisations answer, gone again when the lab ends. */
  readyFile?: string;
  /** Is told when the lab is ready. */
  ready?: (organisations: LabOrganisation[]) => void;
}

/** Runs the lab until a signal or `transplant lab stop` ends it. */
export async function runLab(options: RunOptions): Promise<void> {
  const readyFile = options.readyFile === undefined ? undefined : resolve(options.readyFile);
  if (readyFile) rmSync(readyFile, { force: true });
  const ended = Promise.withResolvers<void>();
  const signals = ['SIGINT', 'SIGTERM'] as const;
  const onSignal = () => ended.resolve();
  for (const signal of signals) process.on(signal, onSignal);
  try {
    const lab = await startLab(options);
    try {
      if (readyFile)
        writeWhole(readyFile, `${JSON.stringify({ organisations: lab.organisations, corpus: lab.corpus }, null, 2)}\n`);
      options.ready?.(lab.organisations);
      await Promise.race([ended.promise, lab.stopAsked]);
    } finally {
      if (readyFile) rmSync(readyFile, { force: true });
      await lab.close();
    }
  } finally {
    for (const signal of signals) process.off(signal, onSignal);
  }
}
