/** What goes with a log line: ids and numbers; never a password, a token, a subject or a body. */
export type LogFields = Record<string, string | number | boolean | null | undefined>;

/** The log as rooms see it; entry points make one (core/api/log.ts). */
export interface Log {
  debug(text: string, fields?: LogFields): void;
  info(text: string, fields?: LogFields): void;
  warn(text: string, fields?: LogFields): void;
  error(text: string, fields?: LogFields): void;
}

/** Says nothing. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
