/** Exit statuses of the command line (a contract): done, done with findings, the call is wrong, something outside failed. */
export const ExitStatus = { done: 0, findings: 1, usage: 2, outside: 3 } as const;
export type ExitStatus = (typeof ExitStatus)[keyof typeof ExitStatus];

export interface ErrorText {
  /** What was tried, on which object: "read the recipients of forest source". */
  tried: string;
  /** What happened, in one sentence; never a secret, a subject or a body. */
  happened: string;
  /** What to do next. */
  next: string;
}

/**
 * An error a person can act on: it says what was tried, what happened and what to do. Rooms derive from it and name the
 * class for what went wrong; anything else that reaches an entry point is a defect of ours.
 */
export class TransplantError extends Error {
  readonly text: ErrorText;
  readonly exitStatus: ExitStatus;
  constructor(text: ErrorText, options: { cause?: unknown; exitStatus?: ExitStatus } = {}) {
    super(
      `Could not ${text.tried}: ${text.happened} ${text.next}`,
      options.cause === undefined ? {} : { cause: options.cause },
    );
    this.name = new.target.name;
    this.text = text;
    this.exitStatus = options.exitStatus ?? ExitStatus.outside;
  }
}

/** The call itself is wrong: an unknown name, a missing option, a file that is not what it should be. */
export class UsageError extends TransplantError {
  constructor(text: ErrorText, options: { cause?: unknown } = {}) {
    super(text, { ...options, exitStatus: ExitStatus.usage });
  }
}

/** Keeps a `never` from slipping by: the compiler proves that every case was handled. */
export function unreachable(value: never): never {
  throw new Error(`unhandled case: ${JSON.stringify(value)}`);
}
