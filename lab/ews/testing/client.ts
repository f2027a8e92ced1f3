import { Agent, request as httpsRequest } from 'node:https';
import { NAMESPACES, type XmlNode } from '../xml/node.ts';
import { parseXml } from '../xml/parse.ts';
import { PASSWORD } from './organisation.ts';

export interface RawAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

export interface Answer extends RawAnswer {
  /** The element inside the SOAP body. */
  body: XmlNode;
}

export interface CallOptions {
  user?: string;
  password?: string;
  /** Extra content of the SOAP header. */
  header?: string;
  headers?: Record<string, string>;
  version?: string;
  path?: string;
}

const LARGE = { depth: 64, elements: 2_000_000, text: 2 ** 30 };

/** Where a client goes; `user` in a call is a name in this domain, or a whole address. */
export interface Server {
  url: string;
  /** PEM of the CA. */
  ca: string;
  domain: string;
}

/** A client that says what it is told, whether right or wrong. */
export class TestClient {
  readonly #organisation: Server;
  readonly #agent: Agent;
  readonly #answers: { name: string; text: string }[] = [];

  constructor(organisation: Server) {
    this.#organisation = organisation;
    this.#agent = new Agent({ keepAlive: true, ca: organisation.ca });
  }

  /** Answers so far, for holding them against the schema. */
  get answers(): readonly { name: string; text: string }[] {
    return this.#answers;
  }

  /** Sends a request element with prefixes m: and t:. */
  async call(content: string, options: CallOptions = {}): Promise<Answer> {
    const version = options.version ?? 'Exchange2013_SP1';
    const envelope =
      `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="${NAMESPACES.s}" xmlns:m="${NAMESPACES.m}" xmlns:t="${NAMESPACES.t}">` +
      `<s:Header><t:RequestServerVersion Version="${version}"/>${options.header ?? ''}</s:Header><s:Body>${content}</s:Body></s:Envelope>`;
    const raw = await this.post(envelope, options);
    const root = parseXml(raw.text, LARGE);
    const body = root.children.find((c) => c.name === 'Body')?.children[0];
    if (!body) throw new Error(`no body in the answer: ${raw.text.slice(0, 500)}`);
    if (body.name !== 'Fault') this.#answers.push({ name: body.name, text: raw.text });
    return { ...raw, body };
  }

  post(body: string | Buffer, options: CallOptions = {}): Promise<RawAnswer> {
    const { domain } = this.#organisation;
    const user = options.user ?? 'anna';
    const name = user.includes('@') ? user : `${user}@${domain}`;
    const credentials = Buffer.from(`${name}:${options.password ?? PASSWORD}`, 'utf8').toString('base64');
    return this.send('POST', options.path ?? '/EWS/Exchange.asmx', body, {
      Authorization: `Basic ${credentials}`,
      'Content-Type': 'text/xml; charset=utf-8',
      ...options.headers,
    });
  }

  send(
    method: string,
    path: string,
    body: string | Buffer | undefined,
    headers: Record<string, string>,
  ): Promise<RawAnswer> {
    return new Promise((resolve, reject) => {
      const request = httpsRequest(
        this.#organisation.url + path,
        {
          method,
          agent: this.#agent,
          headers: { ...headers, ...(body !== undefined && { 'Content-Length': Buffer.byteLength(body) }) },
        },
        (response) => {
          const pieces: Buffer[] = [];
          response.on('data', (piece: Buffer) => pieces.push(piece));
          response.on('error', reject);
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              text: Buffer.concat(pieces).toString('utf8'),
            }),
          );
        },
      );
      request.on('error', reject);
      request.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** All elements of a name below a node, in order. */
export function all(node: XmlNode, name: string): XmlNode[] {
  return node.children.flatMap((c) => [...(c.name === name ? [c] : []), ...all(c, name)]);
}

export function first(node: XmlNode, name: string): XmlNode {
  const found = all(node, name)[0];
  if (!found) throw new Error(`no ${name} in ${node.name}`);
  return found;
}

/** Response codes of an answer in order. */
export function codes(answer: Answer): string[] {
  return all(answer.body, 'ResponseCode').map((c) => c.text);
}

/** `Id="…" ChangeKey="…"` of an id element. */
export function idAttributes(node: XmlNode): string {
  return `Id="${node.attributes.Id ?? ''}" ChangeKey="${node.attributes.ChangeKey ?? ''}"`;
}
