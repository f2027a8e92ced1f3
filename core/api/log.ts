import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createLogger, format, transports } from 'winston';
import { currentCorrelation } from '../domain/correlation.ts';
import type { Log, LogFields } from '../domain/log.ts';

export interface LogOptions {
  /** Folder of the daily files. */
  folder: string;
  /** Which program writes: `worker`, `console`. */
  program: string;
  /** Also to stderr, for a service's journal. */
  stderr?: boolean;
  level?: 'debug' | 'info' | 'warn' | 'error';
  /** Called with every line at warn and above, to ship it to the database. */
  ship?: (line: { level: 'warn' | 'error'; text: string; correlation?: string; fields: LogFields }) => void;
  /** Days a file is kept. */
  keepDays?: number;
}

export interface ClosableLog extends Log {
  close(): Promise<void>;
}

const DAY = 86_400_000;

/** JSON lines in one file a day (UTC), old files pruned at the start of each day. Never throws because of the disk. */
export function openLog(options: LogOptions): ClosableLog {
  mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  const line = format.combine(format.timestamp(), format.json());
  const logger = createLogger({ level: options.level ?? 'info', format: line, exitOnError: false });
  if (options.stderr) {
    logger.add(new transports.Console({ stderrLevels: ['error', 'warn', 'info', 'debug'] }));
  }
  let day = '';
  let file: InstanceType<typeof transports.File> | undefined;
  const roll = () => {
    const today = new Date().toISOString().slice(0, 10);
    if (today === day) return;
    day = today;
    const next = new transports.File({ filename: join(options.folder, `${options.program}-${today}.log`) });
    next.on('error', () => undefined);
    logger.add(next);
    if (file) logger.remove(file);
    file = next;
    prune(options.folder, options.program, options.keepDays ?? 30);
  };
  logger.on('error', () => undefined);
  const write = (level: 'debug' | 'info' | 'warn' | 'error', text: string, fields: LogFields = {}) => {
    roll();
    const correlation = currentCorrelation();
    logger.log({ level, message: text, ...(correlation && { correlation }), ...fields });
    if (level !== 'warn' && level !== 'error') return;
    options.ship?.({ level, text, ...(correlation && { correlation }), fields });
  };
  return {
    debug: (text, fields) => write('debug', text, fields),
    info: (text, fields) => write('info', text, fields),
    warn: (text, fields) => write('warn', text, fields),
    error: (text, fields) => write('error', text, fields),
    close: () =>
      new Promise((resolve) => {
        if (!file) return resolve();
        file.once('finish', () => resolve());
        file.once('error', () => resolve());
        logger.end();
      }),
  };
}

function prune(folder: string, program: string, keepDays: number): void {
  const oldest = Date.now() - keepDays * DAY;
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(`${program}-`) || !name.endsWith('.log')) continue;
    const path = join(folder, name);
    try {
      if (statSync(path).mtimeMs < oldest) rmSync(path);
    } catch {
      // Somebody else pruned it.
    }
  }
}
