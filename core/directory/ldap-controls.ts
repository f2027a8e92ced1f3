import { type BerReader, BerWriter, Control, PagedResultsControl } from 'ldapts';

const OCTET_STRING = 0x04;

/** Paged results (RFC 2696), with the paging left to us. */
export class PageControl extends Control {
  readonly #size: number;
  readonly #cookie: Buffer | undefined;

  constructor(size: number, cookie: Buffer | undefined) {
    super(PagedResultsControl.type, { critical: true });
    this.#size = size;
    this.#cookie = cookie;
  }

  protected override writeControl(writer: BerWriter): void {
    const value = new BerWriter();
    value.startSequence();
    value.writeInt(this.#size);
    value.writeBuffer(this.#cookie ?? Buffer.alloc(0), OCTET_STRING);
    value.endSequence();
    writer.writeBuffer(value.buffer, OCTET_STRING);
  }

  /** The answer's cookie, where the next page starts; undefined when the search is at its end. */
  next: Buffer | undefined;

  /** Takes the cookie out of the controls of an answer. */
  take(controls: readonly unknown[]): void {
    const cookie = controls.find((c) => c instanceof PagedResultsControl)?.value?.cookie;
    this.next = cookie && cookie.length > 0 ? Buffer.from(cookie) : undefined;
  }
}

/** Deleted objects are found too ([MS-ADTS] 3.1.1.3.4.1.14). */
export class ShowDeletedControl extends Control {
  constructor() {
    super('1.2.840.113556.1.4.417', { critical: true });
  }
}

/**
 * Which parts of a security descriptor are read or written ([MS-ADTS] 3.1.1.3.4.1.11): the DACL alone, which needs no
 * right to the SACL. Servers without the control leave the attribute out.
 */
export class DaclControl extends Control {
  constructor() {
    super('1.2.840.113556.1.4.801', { critical: false });
  }

  protected override writeControl(writer: BerWriter): void {
    const value = new BerWriter();
    value.startSequence();
    value.writeInt(0x4);
    value.endSequence();
    writer.writeBuffer(value.buffer, OCTET_STRING);
  }
}

/** Changes since a cookie ([MS-ADTS] 3.1.1.3.4.1.3). One instance serves one request; then it has the answer's values. */
export class DirSyncControl extends Control {
  static readonly type = '1.2.840.113556.1.4.841';
  static readonly objectSecurity = 0x1;
  readonly #flags: number;
  readonly #maxBytes: number;
  #cookie: Buffer;
  /** Whether the server has more to send. */
  more = false;

  constructor(cookie: Buffer | undefined, { flags = DirSyncControl.objectSecurity, maxBytes = 1_048_576 } = {}) {
    super(DirSyncControl.type, { critical: true });
    this.#cookie = cookie ?? Buffer.alloc(0);
    this.#flags = flags;
    this.#maxBytes = maxBytes;
  }

  /** Where the next request goes on. */
  get cookie(): Buffer {
    return this.#cookie;
  }

  protected override writeControl(writer: BerWriter): void {
    const value = new BerWriter();
    value.startSequence();
    value.writeInt(this.#flags);
    value.writeInt(this.#maxBytes);
    value.writeBuffer(this.#cookie, OCTET_STRING);
    value.endSequence();
    writer.writeBuffer(value.buffer, OCTET_STRING);
  }

  protected override parseControl(reader: BerReader): void {
    if (!reader.readSequence()) return;
    this.more = (reader.readInt() ?? 0) !== 0;
    reader.readInt();
    const cookie = reader.readString(OCTET_STRING, true);
    if (cookie) this.#cookie = Buffer.from(cookie);
  }
}
