import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { ExitStatus, TransplantError, UsageError } from '../core/domain/errors.ts';

/** Options every command understands. */
export interface CommonOptions {
  db?: string;
  json?: boolean;
  yes?: boolean;
}

export interface Result {
  /** The one JSON document of `--json`. */
  json: unknown;
  /** What a person reads on stdout otherwise. */
  text: string;
  exitStatus?: ExitStatus;
}

/**
 * Adds a command that ends in one result: prints text or, with `--json`, one document on stdout, and sets the exit
 * status. Errors with a text print that text on stderr; anything else prints one line and asks for a report.
 */
export function addCommand<O extends CommonOptions>(
  parent: Command,
  signature: string,
  describe: string,
  configure: (command: Command) => Command,
  run: (options: O, args: string[], command: Command) => Promise<Result | undefined>,
): Command {
  const command = configure(parent.command(signature).description(describe));
  withCommonOptions(command);
  command.action(async (...actionArgs: unknown[]) => {
    const options = command.optsWithGlobals<O>();
    await finish(options, () => run(options, command.args, command));
    void actionArgs;
  });
  return command;
}

export function withCommonOptions(command: Command): Command {
  return command
    .option(
      '--db <url>',
      'database: sqlite:FILE or mssql://… (default: TRANSPLANT_DB, else a file in your data folder)',
    )
    .option('--json', 'print one JSON document on stdout and nothing else there')
    .option('--yes', 'ask no question');
}

/** Runs the work of one command and turns its end, good or bad, into output and exit status. */
export async function finish(options: CommonOptions, work: () => Promise<Result | undefined>): Promise<void> {
  try {
    const result = await work();
    if (!result) return;
    if (options.json) process.stdout.write(`${JSON.stringify(result.json)}\n`);
    else if (result.text) process.stdout.write(result.text.endsWith('\n') ? result.text : `${result.text}\n`);
    process.exitCode = result.exitStatus ?? ExitStatus.done;
  } catch (error) {
    process.exitCode = printError(error, options.json === true);
  }
}

/** Prints an error for a person (and, with `json`, as a document on stdout); returns the exit status. Never a stack trace. */
export function printError(thrown: unknown, json: boolean): ExitStatus {
  const error = fileTrouble(thrown) ?? thrown;
  if (error instanceof TransplantError) {
    if (json) process.stdout.write(`${JSON.stringify({ error: { name: error.name, ...error.text } })}\n`);
    process.stderr.write(`Could not ${error.text.tried}.\n  ${error.text.happened}\n  ${error.text.next}\n`);
    return error.exitStatus;
  }
  const name = error instanceof Error ? error.name : 'Error';
  const message = error instanceof Error ? error.message : String(error);
  if (json) process.stdout.write(`${JSON.stringify({ error: { name, happened: message } })}\n`);
  process.stderr.write(
    `Something unexpected happened (${name}): ${message}\n  This is a defect of Transplant; please report it with the command you ran.\n`,
  );
  if (process.env.TRANSPLANT_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return ExitStatus.outside;
}

/** What a system says of a file: the disk is full, the folder is not there, nobody may write. */
export class FileError extends TransplantError {}

const FILE_TROUBLE: Record<string, string> = {
  ENOSPC: 'The disk is full.',
  EDQUOT: 'The quota of the disk is used up.',
  EROFS: 'It is on a read-only file system.',
  EACCES: 'This user may not do that there.',
  EPERM: 'This user may not do that there.',
  ENOENT: 'There is no such file or folder.',
  ENOTDIR: 'A part of the path is a file and no folder.',
  EISDIR: 'There is a folder of that name.',
};
/** SQLite's result code for a full disk (SQLITE_FULL). */
const SQLITE_FULL = 13;

/** An error of the file system, or of a lab's database on a full disk, as one that a person can act on. */
function fileTrouble(error: unknown): FileError | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('errcode' in error && error.errcode === SQLITE_FULL) {
    return new FileError(
      { tried: 'write to the disk', happened: 'The disk is full.', next: 'Free space on it and call again.' },
      { cause: error },
    );
  }
  if (!('code' in error) || !('syscall' in error) || typeof error.code !== 'string') return undefined;
  const happened = FILE_TROUBLE[error.code];
  if (happened === undefined) return undefined;
  const path = 'path' in error && typeof error.path === 'string' ? error.path : 'a file';
  const next = 'Check the name, the rights and the free space, and call again.';
  return new FileError({ tried: `read or write ${path}`, happened, next }, { cause: error });
}

/** Reads a secret from stdin (`--password-stdin`) or the environment (`--password-env V`); never from an argument. */
export async function readSecret(
  options: { passwordStdin?: boolean; passwordEnv?: string },
  what: string,
): Promise<string> {
  const tried = `read the password of ${what}`;
  if (options.passwordEnv !== undefined) {
    const value = process.env[options.passwordEnv];
    if (value) return value;
    throw new UsageError({
      tried,
      happened: `The environment variable ${options.passwordEnv} is not set or empty.`,
      next: 'Set it and call again.',
    });
  }
  if (options.passwordStdin) {
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
    const value = Buffer.concat(chunks)
      .toString('utf8')
      .replace(/\r?\n$/, '');
    if (value) return value;
    throw new UsageError({
      tried,
      happened: 'Nothing came on standard input.',
      next: 'Pipe the password in, for example: printf %s "$PW" | transplant …',
    });
  }
  throw new UsageError({
    tried,
    happened: 'No password was given.',
    next: 'Use --password-stdin or --password-env NAME; a password is never an argument.',
  });
}

/** Who is at the keyboard, for the audit log. */
export function osUser(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env.USERNAME ?? process.env.USER ?? 'unknown';
  }
}
