import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Call, Chunk } from './context.ts';
import { EwsError, type ResponseCode, SoapFault } from './errors.ts';
import { busyError } from './soap.ts';
import type { XmlNode } from './xml/node.ts';
import { el, esc, tx } from './xml/write.ts';

/** What stands before and after each response message. */
interface MessageKind {
  /** Name without `ResponseMessage`, such as `GetItem`. */
  name: string;
  /** Elements the schema demands after an error, such as an empty `<m:Items/>`. */
  afterError?: string;
}

const SUCCESS = '<m:ResponseCode>NoError</m:ResponseCode>';

/** A successful response message around its content. */
export function success(name: string, inner: string): string {
  return `<m:${name}ResponseMessage ResponseClass="Success">${SUCCESS}${inner}</m:${name}ResponseMessage>`;
}

/** Code, text and MessageXml of an error, in the order of ResponseMessageType. */
export function errorContent(error: EwsError): string {
  const values = Object.entries(error.detail.values ?? {})
    .map(([name, value]) => el('t:Value', esc(value), { Name: name }))
    .join('');
  const xml = values + (error.detail.xml ?? '');
  return (
    tx('m:MessageText', error.message) +
    tx('m:ResponseCode', error.code) +
    '<m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>' +
    (xml === '' ? '' : el('m:MessageXml', xml))
  );
}

/** A response message that succeeded with something to say. */
export function warning(name: string, code: ResponseCode, text: string, inner: string): WholeMessage {
  const head = errorContent(new EwsError(code, text));
  return { message: el(`m:${name}ResponseMessage`, head + inner, { ResponseClass: 'Warning' }) };
}

export function failure(kind: MessageKind, error: EwsError): string {
  return el(`m:${kind.name}ResponseMessage`, errorContent(error) + (kind.afterError ?? ''), { ResponseClass: 'Error' });
}

/** Lets other calls have their turn once this one has worked for a while. */
export class Breath {
  #since = performance.now();

  async take(): Promise<void> {
    if (performance.now() - this.#since < 15) return;
    await nextTurn();
    this.#since = performance.now();
  }
}

/** A whole response message ready-made, where success is not the word for it. */
export interface WholeMessage {
  message: string;
}
type Content = string | WholeMessage | AsyncIterable<Chunk> | Iterable<Chunk>;

/**
 * The answer of an operation that works on many things: one response message for each, in order; what goes wrong with one
 * is its own message and the rest go on.
 */
export async function* responseMessages<T>(
  call: Call,
  kind: MessageKind,
  things: readonly T[],
  work: (thing: T, index: number) => Content | Promise<Content>,
): AsyncGenerator<Chunk> {
  if (things.length === 0) {
    throw new SoapFault('ErrorSchemaValidation', 'The request failed schema validation: It names nothing to work on.');
  }
  const breath = new Breath();
  yield `<m:${kind.name}Response><m:ResponseMessages>`;
  for (const [index, thing] of things.entries()) {
    let content: Content;
    try {
      if (call.busyMs !== undefined) throw busyError(call.busyMs);
      content = await work(thing, index);
    } catch (error) {
      if (!(error instanceof EwsError)) throw error;
      yield failure(kind, error);
      continue;
    }
    if (typeof content === 'string') {
      yield success(kind.name, content);
    } else if ('message' in content) {
      yield content.message;
    } else {
      yield `<m:${kind.name}ResponseMessage ResponseClass="Success">${SUCCESS}`;
      yield* content;
      yield `</m:${kind.name}ResponseMessage>`;
    }
    await breath.take();
  }
  yield `</m:ResponseMessages></m:${kind.name}Response>`;
}

/** An operation: takes its request element and gives the answer's body piece by piece. */
export type Operation = (request: XmlNode, call: Call) => AsyncIterable<Chunk> | Iterable<Chunk>;
