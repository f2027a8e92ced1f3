import type { X509Certificate } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { autodiscover } from '../autodiscover/handler.ts';
import { type Fault, FaultInjector, type FaultPlan } from '../faults.ts';
import type { OrganisationDirectory, OrganisationStore } from '../model.ts';
import { type Call, DEFAULT_OPTIONS, type EwsOptions, type EwsOrganisation, type EwsServerContext } from './context.ts';
import { EwsError, invalidRequest, orderedCode, SoapFault } from './errors.ts';
import { ClientGoneError, sendFaulty, sendStream, sendText } from './http/answer.ts';
import { Authenticator, sendUnauthorized } from './http/auth.ts';
import { readXml, TooLargeError } from './http/body.ts';
import { Concurrency } from './http/concurrency.ts';
import { IdCodec } from './ids.ts';
import { mailboxOfRequest } from './mailbox-of-request.ts';
import { OPERATIONS, SINGLE_ANSWER } from './operations/index.ts';
import { busyFault, effectiveUser, envelope, faultEnvelope, readEnvelope } from './soap.ts';
import { DEFAULT_VERSION, parseVersion } from './version.ts';
import { XmlError } from './xml/parse.ts';

export interface EwsServerParts {
  organisation: EwsOrganisation;
  store: OrganisationStore;
  directory: OrganisationDirectory;
  faults?: FaultPlan | undefined;
  /** The certificate the https server shows; needed for Extended Protection. */
  tls?: { certificate: X509Certificate } | undefined;
  options?: Partial<EwsOptions> | undefined;
}

export interface EwsServer {
  /** For an https server: EWS and Autodiscover; everything else is 404. Never rejects. */
  handler(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

/** The Exchange Web Services and Autodiscover front of one organisation. */
export function createEwsServer(parts: EwsServerParts): EwsServer {
  const options: EwsOptions = { ...DEFAULT_OPTIONS, ...parts.options };
  const server: EwsServerContext = {
    organisation: parts.organisation,
    store: parts.store,
    directory: parts.directory,
    faults: new FaultInjector(parts.faults, parts.organisation.name),
    options,
    ids: new IdCodec(parts.organisation.name),
    certificate: parts.tls?.certificate,
    version: parseVersion(parts.organisation.version ?? DEFAULT_VERSION),
  };
  const authenticator = new Authenticator({
    directory: parts.directory,
    schemes: options.schemes,
    host: parts.organisation.host,
    domain: parts.organisation.netbiosDomain,
    certificate: options.extendedProtection ? parts.tls?.certificate : undefined,
    now: options.now,
  });
  const concurrency = new Concurrency(options.maxConcurrency);
  const front = new Front(server, authenticator, concurrency);
  return { handler: (request, response) => front.handle(request, response) };
}

class Front {
  readonly #server: EwsServerContext;
  readonly #authenticator: Authenticator;
  readonly #concurrency: Concurrency;

  constructor(server: EwsServerContext, authenticator: Authenticator, concurrency: Concurrency) {
    this.#server = server;
    this.#authenticator = authenticator;
    this.#concurrency = concurrency;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => {});
    try {
      const path = (request.url ?? '/').split('?', 1)[0]?.toLowerCase() ?? '/';
      if (path === '/ews/exchange.asmx') await this.#ews(request, response);
      else if (path.startsWith('/autodiscover/'))
        await autodiscover(this.#server, this.#authenticator, request, response);
      else refuse(request, response, 404);
    } catch (error) {
      this.#fail(request, response, error);
    }
  }

  async #ews(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const who = this.#authenticator.authenticate(request);
    if ('challenges' in who) return sendUnauthorized(request, response, who.challenges);
    if (request.method !== 'POST') return refuse(request, response, 405, { Allow: 'POST' });
    const anchor = header(request, 'x-anchormailbox');
    const slot = this.#concurrency.enter((anchor ?? who.account.name).toLowerCase());
    response.once('close', slot.leave);
    if (slot.state === 'queueFull') return refuse(request, response, 503);
    const { maxRequestBytes } = this.#server.options;
    const soap = readEnvelope(await readXml(request, maxRequestBytes), this.#server.version.schemas);
    if (slot.state === 'busy') throw busyFault(1000);
    const operation = OPERATIONS.get(soap.operation);
    if (!operation || (this.#server.options.bulkTransfer === 'nowhere' && BULK.has(soap.operation))) {
      throw invalidRequest(`The operation '${soap.operation}' is not known.`);
    }
    const user = effectiveUser(this.#server, who.account, soap.header);
    const call: Call = {
      ...this.#server,
      operation: soap.operation,
      user,
      anchorMailbox: anchor,
      publicFolderMailbox: header(request, 'x-publicfoldermailbox'),
      endpoint: request.headers.host ?? this.#server.organisation.host,
      faultMailbox: user.address,
      faultFor: () => undefined,
    };
    const answerFault = await this.#faults(call, soap.body, request, response);
    if (answerFault === 'answered') return;
    const chunks = envelope(this.#server, operation(soap.body, call));
    if (answerFault) await sendFaulty(response, chunks, answerFault);
    else await sendStream(response, 200, chunks);
  }

  /**
   * Brings about the faults ordered for a call. Gives the one that concerns the answer itself, or says that the call has its
   * answer already, if only a torn connection.
   */
  async #faults(
    call: Call,
    body: Parameters<typeof mailboxOfRequest>[1],
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<Fault | 'answered' | undefined> {
    const { faults } = this.#server;
    if (!faults.active) return undefined;
    call.faultMailbox = mailboxOfRequest(call, body) ?? call.faultMailbox;
    const about = { operation: call.operation, mailbox: call.faultMailbox };
    call.faultFor = (item) => faults.forItem(about, item);
    let answer: Fault | undefined;
    for (const fault of faults.forCall(about)) {
      switch (fault.kind) {
        case 'busy':
          if (fault.form === 'http500' || SINGLE_ANSWER.has(call.operation)) throw busyFault(fault.backOffMs);
          call.busyMs = fault.backOffMs;
          break;
        case 'unavailable':
          refuse(
            request,
            response,
            503,
            fault.retryAfterSeconds === undefined ? {} : { 'Retry-After': String(fault.retryAfterSeconds) },
          );
          return 'answered';
        case 'unauthorized':
          this.#authenticator.forget(request.socket);
          sendUnauthorized(request, response, this.#authenticator.challenges());
          return 'answered';
        case 'drop':
          if (fault.when === 'before') {
            request.socket.destroy();
            return 'answered';
          }
          answer = fault;
          break;
        case 'truncate':
        case 'slow':
          answer = fault;
          break;
        case 'latency':
          await delay(fault.ms);
          break;
        case 'staleSyncState':
          call.staleSyncState = true;
          break;
        case 'error':
          throw new SoapFault(orderedCode(fault.code), 'An error was ordered for this call.');
        case 'short':
        case 'corruptItem':
          break;
      }
    }
    return answer;
  }

  #fail(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    if (error instanceof ClientGoneError || request.socket.destroyed) return;
    if (error instanceof TooLargeError) {
      refuse(request, response, 413, { Connection: 'close' });
      return;
    }
    const fault = asFault(error);
    if (fault.code === 'ErrorInternalServerError') process.emitWarning(error instanceof Error ? error : String(error));
    if (response.headersSent) {
      // The status is out: only a torn connection can tell that the answer is not whole.
      response.socket?.destroy();
      return;
    }
    request.resume();
    sendText(response, 500, faultEnvelope(fault));
  }
}

const BULK = new Set(['ExportItems', 'UploadItems']);

function asFault(error: unknown): SoapFault {
  if (error instanceof SoapFault) return error;
  if (error instanceof EwsError) return new SoapFault(error.code, error.message, error.detail);
  if (error instanceof XmlError) {
    return new SoapFault('ErrorSchemaValidation', `The request failed schema validation: ${error.message}`);
  }
  return new SoapFault('ErrorInternalServerError', 'An internal server error occurred. The operation failed.');
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  headers: Record<string, string> = {},
): void {
  request.resume();
  response.writeHead(status, { 'Content-Length': '0', Server: 'Microsoft-IIS/10.0', ...headers });
  response.end();
}
