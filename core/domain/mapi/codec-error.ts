import { TransplantError } from '../errors.ts';

/** Why an export stream could not be read as a message. */
export type CodecReason =
  /** It does not begin as an export stream does. */
  | 'notAnExportStream'
  /** It ends in the middle of something, or a marker that closes is missing. */
  | 'truncated'
  /** The server itself says that it cut the data: fetch again. */
  | 'truncatedByServer'
  /** A property type that [MS-OXCDATA] does not know. */
  | 'unknownType'
  /** A marker where the grammar of [MS-OXCFXICS] 2.2.4.3 allows none. */
  | 'unexpectedMarker'
  /** A length, count or value that cannot be. */
  | 'badValue'
  /** The server reports that it could not read a part of the item (FXErrorInfo). */
  | 'partialItem'
  /** Embedded messages nested deeper than any real item. */
  | 'tooDeep';

export interface CodecFailure {
  ok: false;
  reason: CodecReason;
  /** Bytes from the start of the export stream, where reading stopped. */
  offset: number;
  /** One sentence for people; holds numbers of tags and lengths, never a value. */
  detail: string;
}

/** An export stream that had to be readable and is not. */
export class CodecError extends TransplantError {
  readonly failure: CodecFailure;
  constructor(failure: CodecFailure) {
    super({
      tried: 'read an export stream',
      happened: `${failure.detail} (at byte ${failure.offset}).`,
      next: 'Export the item again; if it stays, the item is damaged and belongs on the list of bad items.',
    });
    this.failure = failure;
  }
}
