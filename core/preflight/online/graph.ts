import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { TransplantError } from '../../domain/errors.ts';
import { connectTls, type TlsTrust } from '../../exchange/ews/tls.ts';

/** How Microsoft Graph is reached for a forest: only where its exchange account is an application. */
export interface GraphAccess {
  /** Such as https://graph.microsoft.com; without a path. */
  url: string;
  /** The application that asks. */
  clientId: string;
  /** A bearer token for Graph. */
  token(signal: AbortSignal): Promise<string>;
  /** Certificates and proxy as for everything else of the forest. */
  line?: (TlsTrust & { proxy?: string | undefined }) | undefined;
}

/** Graph could not be asked, or refused. */
export class GraphError extends TransplantError {
  readonly status: number | undefined;
  constructor(text: TransplantError['text'], status?: number) {
    super(text);
    this.status = status;
  }
}

/**
 * Where Graph of a cloud is, by where its tokens are made and where its Exchange is (Microsoft, "National cloud
 * deployments"): both halves of the US Government's cloud share one authority.
 */
export function graphUrl(authority: string | undefined, ewsHost: string): string {
  const host = authority === undefined ? '' : new URL(authority).hostname;
  if (/\.partner\.microsoftonline\.cn$|\.chinacloudapi\.cn$/.test(host))
    return 'https://microsoftgraph.chinacloudapi.cn';
  if (!/\.microsoftonline\.us$/.test(host)) return 'https://graph.microsoft.com';
  return /(?:outlook-dod\.office365\.us|webmail\.apps\.mil)$/.test(ewsHost)
    ? 'https://dod-graph.microsoft.us'
    : 'https://graph.microsoft.us';
}

const pageSchema = z.object({ value: z.array(z.unknown()), '@odata.nextLink': z.url().optional() });
const errorSchema = z.object({ error: z.object({ code: z.string() }) });

/** Pages that are followed: a directory that gives more is not asked for all of it. */
const MAX_PAGES = 50;
const BUSY_TRIES = 4;
const USUAL_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 30_000;

/** Reads from Graph v1.0: GET alone, answers checked by a schema, pages followed, pauses kept that the server asks for. */
export class Graph {
  readonly #access: GraphAccess;

  constructor(access: GraphAccess) {
    this.#access = access;
  }

  get clientId(): string {
    return this.#access.clientId;
  }

  /** One object. @throws GraphError */
  async one<T>(path: string, schema: z.ZodType<T>, signal: AbortSignal): Promise<T> {
    return this.#parsed(path, schema, await this.#get(this.#address(path), signal));
  }

  /** A whole collection, page by page. @throws GraphError */
  async all<T>(path: string, schema: z.ZodType<T>, signal: AbortSignal): Promise<T[]> {
    const found: T[] = [];
    let next: string | undefined = this.#address(path);
    for (let page = 0; next !== undefined && page < MAX_PAGES; page++) {
      const { value, '@odata.nextLink': link }: z.infer<typeof pageSchema> = this.#parsed(
        path,
        pageSchema,
        await this.#get(next, signal),
      );
      found.push(...value.map((item) => this.#parsed(path, schema, item)));
      // A link that leads elsewhere would take the token there.
      if (link !== undefined && new URL(link).origin !== new URL(next).origin)
        throw this.#odd(path, 'It names a next page on another server.');
      next = link;
    }
    return found;
  }

  #address(path: string): string {
    return new URL(`/v1.0/${path}`, this.#access.url).href;
  }

  async #get(url: string, signal: AbortSignal): Promise<unknown> {
    for (let tries = 1; ; tries++) {
      const { status, retryAfter, body } = await this.#request(url, signal);
      if (status === 200) return body;
      if ((status === 429 || status === 503 || status === 504) && tries < BUSY_TRIES) {
        const seconds = Number(retryAfter);
        const pause = Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : USUAL_PAUSE_MS * 2 ** (tries - 1);
        await sleep(Math.min(pause, LONGEST_PAUSE_MS), undefined, { signal });
        continue;
      }
      const { data } = errorSchema.safeParse(body);
      throw new GraphError(
        {
          tried: `read ${new URL(url).pathname} from ${new URL(url).host}`,
          happened: `Microsoft Graph answered ${status}${data ? ` ${data.error.code}` : ''}.`,
          next: 'Consent to Directory.Read.All (application) for the application in Microsoft Entra, and try again.',
        },
        status,
      );
    }
  }

  async #request(url: string, signal: AbortSignal) {
    const { Agent, request } = await import('undici');
    const agent = new Agent({
      connect: ({ hostname, port }, done) => {
        connectTls({ ...this.#access.line, host: hostname, port: Number(port || 443), connectTimeoutMs: 10_000 }).then(
          (socket) => done(null, socket),
          (error: Error) => done(error, null),
        );
      },
    });
    try {
      if (new URL(url).protocol !== 'https:') throw new TypeError('Graph is spoken to over https alone');
      const headers = { authorization: `Bearer ${await this.#access.token(signal)}`, accept: 'application/json' };
      const answer = await request(url, { dispatcher: agent, headers, signal });
      const text = await answer.body.text();
      const { 'retry-after': retryAfter } = answer.headers;
      return { status: answer.statusCode, retryAfter: String(retryAfter ?? ''), body: jsonOf(text) };
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (error instanceof TransplantError) throw error;
      throw new GraphError({
        tried: `ask ${new URL(url).host}`,
        happened: 'No answer came.',
        next: 'Check that this machine reaches Microsoft Graph (TCP 443), directly or through the proxy of the forest.',
      });
    } finally {
      void agent.close();
    }
  }

  #parsed<T>(path: string, schema: z.ZodType<T>, value: unknown): T {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    throw this.#odd(path, 'The answer is not what its documentation says.');
  }

  #odd(path: string, happened: string): GraphError {
    return new GraphError({
      tried: `read ${path.split('?')[0]} from ${new URL(this.#access.url).host}`,
      happened,
      next: 'Compare the address of Graph with that of the cloud the organisation is in.',
    });
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
