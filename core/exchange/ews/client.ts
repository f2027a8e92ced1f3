import { setTimeout as delay } from 'node:timers/promises';
import { createBrotliDecompress, createUnzip } from 'node:zlib';
import { currentCorrelation } from '../../domain/correlation.ts';
import { TransplantError } from '../../domain/errors.ts';
import {
  AnswerTimedOut,
  ExchangeUnreachable,
  isAmbiguous,
  ServerBusy,
  TruncatedAnswer,
  UnexpectedStatus,
} from '../errors.ts';
import { Pace } from '../pace.ts';
import { ErrorServerBusy, EwsError, ewsError, isPassingCode } from './codes.ts';
import { type Answer, type Body, textBody } from './lane.ts';
import { Transport, type TransportConfig } from './transport.ts';
import { child, escapeXml, textOf, type XmlNode } from './xml.ts';
import { XmlStream } from './xml-stream.ts';

/** Whose mailbox a call is about and how the server finds it. */
export interface Anchor {
  /** SMTP address to impersonate; none: the account itself. */
  impersonate?: string | undefined;
  anchorMailbox?: string | undefined;
  publicFolderMailbox?: string | undefined;
}

export interface Call<T> {
  /** Name of the operation, for errors and logs. */
  operation: string;
  /** The content of soap:Body: text, or pieces with their length where items travel. */
  body: string | Body;
  anchor: Anchor;
  /** Elements that are handed over as they close. */
  records: string[];
  blobs?: string[];
  /** Called once an attempt, for a fresh collector of what the answer holds. */
  collect(): { record(node: XmlNode): void; result(): T };
  /** Reading again does no harm: ambiguous failures are repeated here. */
  repeatable: boolean;
  signal?: AbortSignal | undefined;
  guard?: (() => void) | undefined;
  /** Counts requests that were sent. */
  counter?: { calls: number } | undefined;
  /** A call of another time zone than UTC for dates without one; typed calendar items need it. */
  timeZoneContext?: string | undefined;
}

export interface EwsClientConfig extends TransportConfig {
  pace?: Pace | undefined;
  /** Time in ms after which a server that stays busy is given up for now. */
  patienceMs?: number | undefined;
  /** First pause in ms before a failed request is repeated; it triples with each try. */
  restMs?: number | undefined;
}

/** Schema versions, the newest first; each server is asked in the newest that it understands. */
const VERSIONS = ['Exchange2013', 'Exchange2010_SP2', 'Exchange2010_SP1', 'Exchange2010', 'Exchange2007_SP1'] as const;
export type SchemaVersion = (typeof VERSIONS)[number];
/** Codes that say that a server, or the one that holds the mailbox, is older than the request. */
const TOO_NEW = new Set([
  'ErrorInvalidServerVersion',
  'ErrorInvalidSchemaVersionForMailboxVersion',
  'ErrorIncorrectSchemaVersion',
]);
const NS = 'http://schemas.microsoft.com/exchange/services/2006';
/** Tries of a request that may be repeated: with the pauses between them a server is waited for a quarter of a minute. */
const REPEATS = 6;
/** First pause, ms: after a broken connection the next one mostly holds. */
const REST_MS = 150;
const NO_BLOBS: ReadonlySet<string> = new Set();

/** SOAP over the transport: envelope, version, faults, back-off, and repetition where it does no harm. */
export class EwsClient {
  readonly pace: Pace;
  /** The server refused extended properties in lists of items; they are not asked for again. */
  lessOfItems = false;
  /** The server would not list several folders in one call. */
  oneFolderAtATime = false;
  readonly #transport: Transport;
  readonly #config: EwsClientConfig;
  #version = 0;
  /** The server has understood a request: what it refuses now, it refuses for another reason than the version. */
  #understood = false;
  /** ms by which the server's clock is ahead of `local()`, at least; undefined until an answer tells its time. */
  #ahead: number | undefined;

  constructor(config: EwsClientConfig) {
    this.#config = config;
    this.#transport = new Transport(config);
    this.pace = config.pace ?? new Pace();
  }

  get host(): string {
    return this.#transport.host;
  }

  /** The schema version that requests ask for now. */
  get version(): string {
    return VERSIONS[this.#version] ?? VERSIONS[0];
  }

  /**
   * The server's time now, ms since the epoch, by the Date of its answers (RFC 9110 section 6.6.1, whole seconds): never
   * later than its clock shows. Undefined where it tells none.
   */
  serverTime(): number | undefined {
    return this.#ahead === undefined ? undefined : local() + this.#ahead;
  }

  /** Whether requests may say what came with this version of the schema. */
  speaks(version: SchemaVersion): boolean {
    return this.#version <= VERSIONS.indexOf(version);
  }

  close(): void {
    this.#transport.close();
  }

  /**
   * Carries out one operation.
   * @throws EwsError for the server's own no, TransplantError for everything on the way.
   */
  async call<T>(call: Call<T>): Promise<T> {
    const deadline = performance.now() + (this.#config.patienceMs ?? 20 * 60_000);
    for (let failures = 0; ; ) {
      const version = this.#version;
      try {
        const result = await this.#attempt(call);
        this.#understood = true;
        return result;
      } catch (error) {
        if (call.signal?.aborted) throw call.signal.reason;
        if (this.#mayBeTooNew(error)) await this.#findVersion(call);
        else if (isTooNew(error) && version < VERSIONS.length - 1) this.#version = Math.max(this.#version, version + 1);
        else if (error instanceof ServerBusy && performance.now() < deadline) continue;
        else if (this.#mayRepeat(call, error) && ++failures < REPEATS) await this.rest(failures, call.signal);
        else throw error;
      }
    }
  }

  #mayBeTooNew(error: unknown): boolean {
    return (
      !this.#understood && (isTooNew(error) || (error instanceof EwsError && error.code === 'ErrorSchemaValidation'))
    );
  }

  /**
   * Asks for the root folder, as every version can be asked, from the newest version down until the server understands. A
   * request that it refuses after that has something in it that the server does not know, whatever the version.
   */
  async #findVersion<T>({ anchor, counter, signal, guard }: Call<T>): Promise<void> {
    for (; !this.#understood; this.#version++) {
      try {
        await this.#attempt<null>({
          operation: 'GetFolder',
          body: '<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds><t:DistinguishedFolderId Id="msgfolderroot"/></m:FolderIds></m:GetFolder>',
          anchor,
          records: [],
          collect: () => ({ record: () => undefined, result: () => null }),
          repeatable: true,
          ...(counter ? { counter } : {}),
          signal,
          guard,
        });
      } catch (error) {
        if (!(error instanceof EwsError)) throw error;
        if (this.#mayBeTooNew(error) && this.#version < VERSIONS.length - 1) continue;
      }
      this.#understood = true;
      return;
    }
  }

  #mayRepeat<T>(call: Call<T>, error: unknown): boolean {
    if (error instanceof ExchangeUnreachable) return true;
    if (error instanceof UnexpectedStatus) return call.repeatable && error.status >= 500;
    return call.repeatable && (isAmbiguous(error) || isPassingCode(error));
  }

  /** A growing pause with some chance in it, so that many workers do not come back at once. */
  async rest(failures: number, signal: AbortSignal | undefined): Promise<void> {
    const ms = (this.#config.restMs ?? REST_MS) * 3 ** (failures - 1) * (0.5 + Math.random());
    await delay(ms, undefined, signal ? { signal } : {});
  }

  async #attempt<T>(call: Call<T>): Promise<T> {
    const leave = await this.pace.enter(call.signal, call.operation);
    if (call.counter) call.counter.calls++;
    try {
      const result = await this.#transport.post(
        {
          repeatable: call.repeatable,
          headers: this.#headers(call.anchor),
          body: this.#envelope(call),
          signal: call.signal,
          guard: call.guard,
        },
        (answer) => this.#read(call, answer),
      );
      leave('ok');
      return result;
    } catch (error) {
      if (error instanceof ServerBusy) {
        this.pace.backOff(error.backOffMs, 'the server asked for a pause');
        leave('busy');
      } else leave(isAmbiguous(error) || error instanceof ExchangeUnreachable ? 'lost' : 'failed');
      throw error;
    }
  }

  #headers(anchor: Anchor): Record<string, string> {
    const correlation = currentCorrelation();
    return {
      'content-type': 'text/xml; charset=utf-8',
      accept: 'text/xml',
      'user-agent': 'Transplant',
      // Ties Exchange's log to ours.
      ...(correlation ? { 'client-request-id': correlation, 'return-client-request-id': 'true' } : {}),
      ...(anchor.anchorMailbox ? { 'x-anchormailbox': anchor.anchorMailbox } : {}),
      ...(anchor.publicFolderMailbox ? { 'x-publicfoldermailbox': anchor.publicFolderMailbox } : {}),
    };
  }

  #envelope<T>(call: Call<T>): Body {
    const impersonation = call.anchor.impersonate
      ? `<t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>${escapeXml(call.anchor.impersonate)}</t:PrimarySmtpAddress></t:ConnectingSID></t:ExchangeImpersonation>`
      : '';
    const zone = call.timeZoneContext
      ? `<t:TimeZoneContext><t:TimeZoneDefinition Id="${escapeXml(call.timeZoneContext)}"/></t:TimeZoneContext>`
      : '';
    const head = Buffer.from(
      `<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:m="${NS}/messages" xmlns:t="${NS}/types"><soap:Header><t:RequestServerVersion Version="${this.version}"/>${impersonation}${zone}</soap:Header><soap:Body>`,
    );
    const foot = Buffer.from('</soap:Body></soap:Envelope>');
    const { body } = call;
    if (typeof body === 'string') return textBody(`${head}${body}${foot}`);
    return {
      length: head.length + body.length + foot.length,
      *pieces() {
        yield head;
        yield* body.pieces();
        yield foot;
      },
    };
  }

  async #read<T>(call: Call<T>, answer: Answer): Promise<T> {
    const date = Date.parse(answer.headers.date ?? '');
    if (!Number.isNaN(date)) this.#ahead = date - local();
    if (answer.status === 200) return this.#readBody(call, answer);
    if (answer.status === 503 || answer.status === 429) throw this.#queueing(call, answer);
    // Exchange sends SOAP faults with 500, others with 400; anything but XML is no answer of EWS.
    if (answer.status >= 400 && /xml/iu.test(answer.headers['content-type'] ?? '')) return this.#readBody(call, answer);
    throw this.#unexpected(call, answer.status);
  }

  async #readBody<T>(call: Call<T>, answer: Answer): Promise<T> {
    const collector = call.collect();
    let fault: Error | undefined;
    const stream = new XmlStream({
      records: new Set([...call.records, 'Fault']),
      blobs: call.blobs ? new Set(call.blobs) : NO_BLOBS,
      onRecord: (node) => {
        if (node.name === 'Fault') fault ??= this.#fault(call, node);
        else collector.record(node);
      },
    });
    try {
      for await (const chunk of plain(answer)) stream.write(chunk as Uint8Array);
      stream.end();
    } catch (error) {
      throw this.#broken(call, error);
    }
    if (fault) throw fault;
    if (answer.status !== 200) throw this.#unexpected(call, answer.status);
    return asBusy(() => collector.result(), call.operation);
  }

  #broken<T>(call: Call<T>, error: unknown): unknown {
    if (error instanceof EwsError || error instanceof TransplantError || call.signal?.aborted) return error;
    const happened = error instanceof Error ? error.message.split('\n')[0] : String(error);
    return new TruncatedAnswer(
      {
        tried: `read the answer of ${this.host} to ${call.operation}`,
        happened: `It broke off or is not well formed (${happened}).`,
        next: 'The request is repeated where that is safe; if it persists, look for a proxy that cuts answers.',
      },
      { cause: error },
    );
  }

  #fault<T>(call: Call<T>, fault: XmlNode): Error {
    const detail = child(fault, 'detail') ?? child(fault, 'Detail');
    const code = textOf(detail, 'ResponseCode') ?? '';
    const message = textOf(detail, 'Message') ?? textOf(fault, 'faultstring') ?? textOf(fault, 'Reason', 'Text') ?? '';
    if (code === 'ErrorServerBusy') return busy(call.operation, backOffOf(child(detail, 'MessageXml')));
    // SOAP 1.1 has one code, 1.2 a code within a code.
    const named = textOf(fault, 'faultcode') ?? textOf(fault, 'Code', 'Subcode', 'Value');
    const faultCode = named?.trim().split(':').at(-1) ?? '';
    return ewsError(code || (faultCode.startsWith('Error') ? faultCode : 'ErrorInternalServerError'), message);
  }

  #queueing<T>(call: Call<T>, answer: Answer): ServerBusy {
    const after = answer.headers['retry-after'];
    const seconds = after !== undefined && /^\d+$/.test(after) ? Number(after) : undefined;
    return busy(call.operation, seconds === undefined ? null : seconds * 1000);
  }

  #unexpected<T>(call: Call<T>, status: number): Error {
    const text = {
      tried: `call ${call.operation} at ${this.host}`,
      happened: `The server answered with status ${status}.`,
      next: 'Check the EWS address and what stands between here and the server.',
    };
    return status === 408 || status === 504 ? new AnswerTimedOut(text) : new UnexpectedStatus(status, text);
  }
}

/** A clock of this machine that nobody sets while it runs, ms. */
const local = (): number => performance.timeOrigin + performance.now();

function isTooNew(error: unknown): boolean {
  return error instanceof EwsError && TOO_NEW.has(error.code);
}

/** The bytes of an answer, unpacked: nobody asks for packed ones, but what stands in between may pack them all the same. */
function plain(answer: Answer): AsyncIterable<unknown> {
  const coding = answer.headers['content-encoding']?.trim().toLowerCase() ?? '';
  const unpacker =
    coding === 'gzip' || coding === 'x-gzip' || coding === 'deflate'
      ? createUnzip()
      : coding === 'br'
        ? createBrotliDecompress()
        : undefined;
  if (!unpacker) return answer.stream;
  answer.stream.on('error', (error) => unpacker.destroy(error));
  return answer.stream.pipe(unpacker);
}

/** The pause in ms that a busy server names in MessageXml, null where it names none. */
export function backOffOf(messageXml: XmlNode | undefined): number | null {
  const value = messageXml?.children.find((c) => c.attributes.Name === 'BackOffMilliseconds')?.text;
  return value !== undefined && /^\d+$/.test(value.trim()) ? Number(value) : null;
}

function busy(operation: string, backOffMs: number | null): ServerBusy {
  return new ServerBusy(backOffMs, {
    tried: `call ${operation}`,
    happened: 'The server is busy and asked for a pause.',
    next: 'The work goes on by itself after the pause; fewer workers or a maintenance window help if it persists.',
  });
}

/** A whole answer that says ErrorServerBusy inside a 200 counts as the server's request for a pause. */
function asBusy<T>(work: () => T, operation: string): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ErrorServerBusy) throw busy(operation, backOffs.get(error) ?? null);
    throw error;
  }
}

const backOffs = new WeakMap<EwsError, number>();

/** The error of a response message with ResponseClass Error; undefined for success and warnings. */
export function messageError(message: XmlNode): EwsError | undefined {
  const { ResponseClass: outcome } = message.attributes;
  // Without a class the code alone says how it went.
  const failed = outcome === undefined && !/^(?:NoError)?$/u.test(textOf(message, 'ResponseCode')?.trim() ?? '');
  if (outcome !== 'Error' && !failed) return undefined;
  const error = ewsError(
    textOf(message, 'ResponseCode')?.trim() || 'ErrorInternalServerError',
    textOf(message, 'MessageText') ?? '',
  );
  const details = child(message, 'MessageXml');
  error.about = (details?.children ?? []).flatMap(({ attributes }) => {
    const name = attributes.FieldURI ?? attributes.PropertyTag ?? attributes.PropertyName ?? attributes.PropertyId;
    return name === undefined ? [] : [name];
  });
  const pause = backOffOf(details);
  if (pause !== null) backOffs.set(error, pause);
  return error;
}

/** ms that the server asked to wait in this item's answer. */
export function pauseOf(error: EwsError): number | null {
  return backOffs.get(error) ?? null;
}
