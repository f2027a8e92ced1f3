import type { IncomingMessage } from 'node:http';
import type { XmlNode } from '../xml/node.ts';
import { XmlError, XmlReader } from '../xml/parse.ts';

/** The body is larger than the server takes. */
export class TooLargeError extends Error {
  constructor() {
    super('The request is too large.');
    this.name = 'TooLargeError';
  }
}

/**
 * Reads a request's body as XML while it arrives. A body with an error in it is read to its end before XmlError is thrown,
 * so that the connection can carry the answer.
 *
 * @throws TooLargeError at once, XmlError
 */
export async function readXml(request: IncomingMessage, maxBytes: number): Promise<XmlNode> {
  const header = Number(request.headers['content-length']);
  const length = Number.isSafeInteger(header) ? header : undefined;
  if (length !== undefined && length > maxBytes) throw new TooLargeError();
  const reader = new XmlReader({ contentLength: length });
  let failed: XmlError | undefined;
  let seen = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    seen += chunk.length;
    if (seen > maxBytes) throw new TooLargeError();
    if (failed) continue;
    try {
      reader.write(chunk);
    } catch (error) {
      if (!(error instanceof XmlError)) throw error;
      failed = error;
    }
  }
  if (failed) throw failed;
  return reader.end();
}
