/** Why bytes could not be read as a message or calendar. */
export type ConvertFailure =
  | 'empty'
  | 'noHeaders'
  | 'tooDeep'
  | 'headersTooLarge'
  | 'notACalendar'
  | 'brokenCalendar'
  | 'noUsableEvent';

/** Bytes that are no message or calendar: said by name, so that a file is never dropped silently. */
export class ConvertError extends Error {
  readonly reason: ConvertFailure;
  constructor(reason: ConvertFailure, detail: string) {
    super(detail);
    this.name = 'ConvertError';
    this.reason = reason;
  }
}
