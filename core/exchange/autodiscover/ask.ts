import { UnexpectedStatus } from '../errors.ts';
import type { EwsAuth } from '../ews/authentication.ts';
import { type Answer, Lane, textBody } from '../ews/lane.ts';
import type { TlsTrust } from '../ews/tls.ts';
import { Transport } from '../ews/transport.ts';
import { child, children, escapeXml, textOf, type XmlNode } from '../ews/xml.ts';
import { XmlStream } from '../ews/xml-stream.ts';

/** What one place says about one address. */
export type Said =
  | { kind: 'url'; url: string }
  /** Ask another place, or ask for another address. */
  | { kind: 'redirectUrl'; url: string }
  /** An HTTP redirect: nobody vouches for where it leads. */
  | { kind: 'httpRedirect'; url: string }
  | { kind: 'redirectAddress'; address: string }
  | { kind: 'nothing'; reason: string };

export interface AskOptions extends TlsTrust {
  address: string;
  auth?: EwsAuth | undefined;
  proxy?: string | undefined;
  /** IP address of the host, as it was judged. */
  server: string;
  /** ms for a connection, and without a byte. */
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

const MAX_BYTES = 1024 * 1024;
const OUTLOOK = 'http://schemas.microsoft.com/exchange/autodiscover/outlook';
const SOAP = 'http://schemas.microsoft.com/exchange/2010/Autodiscover';

/** Plain-XML Autodiscover ([MS-OXDSCLI]). @throws AuthenticationFailed, CertificateRejected, ExchangeUnreachable … */
export async function askPox(url: string, options: AskOptions): Promise<Said> {
  const body = `<?xml version="1.0" encoding="utf-8"?><Autodiscover xmlns="${OUTLOOK}/requestschema/2006"><Request><EMailAddress>${escapeXml(options.address)}</EMailAddress><AcceptableResponseSchema>${OUTLOOK}/responseschema/2006a</AcceptableResponseSchema></Request></Autodiscover>`;
  return post(url, body, {}, options, ['Response'], ([response]) => {
    const account = child(response, 'Account');
    const action = textOf(account, 'Action')?.trim().toLowerCase();
    if (action === 'redirectaddr') return redirectedAddress(textOf(account, 'RedirectAddr'));
    if (action === 'redirecturl') return redirectedUrl(textOf(account, 'RedirectUrl'));
    const protocols = children(account, 'Protocol');
    const of = (type: string): string | undefined =>
      textOf(
        protocols.find((p) => textOf(p, 'Type') === type && textOf(p, 'EwsUrl')),
        'EwsUrl',
      );
    const found =
      of('EXPR') ??
      of('EXCH') ??
      textOf(
        protocols.find((p) => textOf(p, 'EwsUrl')),
        'EwsUrl',
      );
    if (found) return { kind: 'url', url: found.trim() };
    return nothing(textOf(response, 'Error', 'Message') ?? 'it names no EWS address');
  });
}

/** SOAP Autodiscover ([MS-OXWSADISC]): GetUserSettings. */
export async function askSoap(url: string, options: AskOptions): Promise<Said> {
  const settings = ['ExternalEwsUrl', 'InternalEwsUrl'].map((name) => `<a:Setting>${name}</a:Setting>`).join('');
  const body = `<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:a="${SOAP}/Autodiscover" xmlns:wsa="http://www.w3.org/2005/08/addressing" xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Header><a:RequestedServerVersion>Exchange2013</a:RequestedServerVersion><wsa:Action>${SOAP}/Autodiscover/Autodiscover/GetUserSettings</wsa:Action><wsa:To>${escapeXml(url)}</wsa:To></soap:Header><soap:Body><a:GetUserSettingsRequestMessage><a:Request><a:Users><a:User><a:Mailbox>${escapeXml(options.address)}</a:Mailbox></a:User></a:Users><a:RequestedSettings>${settings}</a:RequestedSettings></a:Request></a:GetUserSettingsRequestMessage></soap:Body></soap:Envelope>`;
  const headers = { soapaction: `"${SOAP}/Autodiscover/Autodiscover/GetUserSettings"` };
  return post(url, body, headers, options, ['UserResponse', 'Fault'], (records) => {
    const user = records.find((r) => r.name === 'UserResponse');
    if (!user) return nothing('it does not offer GetUserSettings');
    const code = textOf(user, 'ErrorCode');
    if (code === 'RedirectAddress') return redirectedAddress(textOf(user, 'RedirectTarget'));
    if (code === 'RedirectUrl') return redirectedUrl(textOf(user, 'RedirectTarget'));
    const values = new Map(
      children(child(user, 'UserSettings'), 'UserSetting').map((s) => [textOf(s, 'Name'), textOf(s, 'Value')]),
    );
    const found = values.get('ExternalEwsUrl') ?? values.get('InternalEwsUrl');
    return found ? { kind: 'url', url: found.trim() } : nothing(code ?? 'it names no EWS address');
  });
}

/** Autodiscover v2: one GET without any credentials. */
export async function askJson(url: string, options: AskOptions): Promise<Said> {
  const to = new URL(url);
  const lane = new Lane(destination(to, options));
  try {
    const answer = await lane.send({
      method: 'GET',
      path: to.pathname + to.search,
      headers: { accept: 'application/json', 'user-agent': 'Transplant' },
      body: textBody(''),
      idleTimeoutMs: options.timeoutMs,
      signal: options.signal,
    });
    const text = (await bytesOf(answer)).toString('utf8');
    if (answer.status >= 300 && answer.status < 400) return httpRedirect(answer.headers.location, url);
    if (answer.status !== 200) return nothing(`status ${answer.status}`);
    const found = /"Url"\s*:\s*("(?:[^"\\]|\\.)*")/iu.exec(text)?.[1];
    const value: unknown = found === undefined ? undefined : JSON.parse(found);
    return typeof value === 'string' && value !== '' ? { kind: 'url', url: value } : nothing('it names no EWS address');
  } catch (error) {
    if (error instanceof SyntaxError) return nothing('it answers with what is no JSON');
    throw error;
  } finally {
    lane.close();
  }
}

async function post(
  url: string,
  text: string,
  headers: Record<string, string>,
  options: AskOptions,
  records: string[],
  read: (records: XmlNode[]) => Said,
): Promise<Said> {
  const { auth } = options;
  if (!auth) return nothing('it wants a sign-in');
  const transport = new Transport({
    ...trustOf(options),
    serverAddress: options.server,
    auth,
    url,
    ...timeouts(options),
  });
  try {
    return await transport.post(
      {
        repeatable: true,
        headers: {
          'content-type': 'text/xml; charset=utf-8',
          accept: 'text/xml',
          'user-agent': 'Transplant',
          ...headers,
        },
        body: textBody(text),
        signal: options.signal,
      },
      async (answer) => {
        const bytes = await bytesOf(answer);
        if (answer.status !== 200 && answer.status !== 500) return nothing(`status ${answer.status}`);
        return read(recordsOf(bytes, records));
      },
    );
  } catch (error) {
    if (error instanceof UnexpectedStatus && error.location !== undefined) return httpRedirect(error.location, url);
    throw error;
  } finally {
    transport.close();
  }
}

function recordsOf(bytes: Buffer, names: string[]): XmlNode[] {
  const found: XmlNode[] = [];
  const stream = new XmlStream({ records: new Set(names), blobs: new Set(), onRecord: (node) => found.push(node) });
  try {
    stream.write(bytes);
    stream.end();
  } catch {
    // What is no XML names no address; what was read before it broke off is not used.
    return [];
  }
  return found;
}

async function bytesOf(answer: Answer): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer.stream) {
    size += (chunk as Buffer).length;
    if (size > MAX_BYTES) throw new Error('the answer to Autodiscover is too long');
    parts.push(chunk as Buffer);
  }
  return Buffer.concat(parts);
}

const trustOf = ({ ca, pin, pins, proxy }: AskOptions) => ({ ca, pin, pins, proxy });
const timeouts = ({ timeoutMs }: AskOptions) => ({ connectTimeoutMs: timeoutMs, idleTimeoutMs: timeoutMs });

function destination(to: URL, options: AskOptions) {
  return {
    host: to.hostname.replace(/^\[|\]$/g, ''),
    port: to.port === '' ? 443 : Number(to.port),
    ...trustOf(options),
    address: options.server,
    connectTimeoutMs: options.timeoutMs,
  };
}

const nothing = (reason: string): Said => ({ kind: 'nothing', reason });

function redirectedAddress(address: string | undefined): Said {
  return address ? { kind: 'redirectAddress', address: address.trim() } : nothing('it redirects to no address');
}
function redirectedUrl(url: string | undefined): Said {
  return url ? { kind: 'redirectUrl', url: url.trim() } : nothing('it redirects to nowhere');
}
function httpRedirect(location: string | undefined, from: string): Said {
  if (location === undefined || !URL.canParse(location, from)) return nothing('it redirects to nowhere');
  return { kind: 'httpRedirect', url: new URL(location, from).href };
}
