import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { Readable } from 'node:stream';
import { getCACertificates, type TLSSocket } from 'node:tls';
import { TransplantError } from '../../domain/errors.ts';

/** How a mail server is reached. There is no way without TLS. */
export interface SmtpConfig {
  host: string;
  port: number;
  security: 'starttls' | 'implicit';
  /** SHA-256 over certificates' DER, lower-case hex. With pins, nothing else counts. */
  pins: readonly string[];
  /** PEM of authorities accepted beside the system's. */
  ca?: string | undefined;
  /** Signs in when given; a relay that knows this machine's address needs no account. */
  login?: { user: string; password: string } | undefined;
}

/** The mail server cannot be reached, or is not the one it should be: no mail was handed over. */
export class MailServerError extends TransplantError {}
/** The server refused this mail for good. */
export class MailRefused extends TransplantError {}
/** The connection broke after the mail was handed over: nobody knows whether it was taken. */
export class MailFateUnknown extends TransplantError {}

export interface Envelope {
  from: string;
  to: string;
}

const TIMEOUT_MS = 30_000;
/** A server that speaks says so at once; one that waits for TLS never does. */
const GREETING_MS = 10_000;
/** An idle connection is closed by most servers after a minute or more. */
const KEEP_MS = 10_000;

type Connection = InstanceType<typeof import('nodemailer/lib/smtp-connection')['default']>;

/** A mail server, with one kept connection; mails go one after the other. */
export class Mailer {
  readonly #config: SmtpConfig;
  #connection: Connection | undefined;
  #forget: NodeJS.Timeout | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(config: SmtpConfig) {
    this.#config = config;
  }

  /**
   * Hands one mail over. @returns the server's answer code
   * @throws MailServerError when it was not handed over, MailRefused, MailFateUnknown
   */
  send(envelope: Envelope, message: Buffer): Promise<string> {
    const sent = this.#last.then(() => this.#send(envelope, message));
    this.#last = sent.catch(() => undefined);
    return sent;
  }

  close(): void {
    clearTimeout(this.#forget);
    this.#connection?.quit();
    this.#connection = undefined;
  }

  async #send(envelope: Envelope, message: Buffer): Promise<string> {
    clearTimeout(this.#forget);
    const connection = this.#connection ?? (await this.#connect());
    this.#connection = connection;
    try {
      return await handOver(connection, this.#config, envelope, message);
    } catch (error) {
      connection.close();
      this.#connection = undefined;
      throw error;
    } finally {
      this.#forget = setTimeout(() => this.close(), KEEP_MS).unref();
    }
  }

  async #connect(): Promise<Connection> {
    const { default: SmtpConnection } = await import('nodemailer/lib/smtp-connection');
    const { host, port, security, pins, ca, login } = this.#config;
    const connection = new SmtpConnection({
      host,
      port,
      secure: security === 'implicit',
      requireTLS: true,
      connectionTimeout: TIMEOUT_MS,
      greetingTimeout: GREETING_MS,
      socketTimeout: TIMEOUT_MS,
      tls: {
        minVersion: 'TLSv1.2',
        ...(isIP(host) ? {} : { servername: host }),
        rejectUnauthorized: pins.length === 0,
        ...(ca === undefined ? {} : { ca: [...getCACertificates('default'), ca] }),
      },
    });
    try {
      await new Promise<void>((resolve, reject) => {
        connection.once('error', reject);
        connection.connect((error) => (error ? reject(error) : resolve()));
      });
      checkPin(connection, this.#config);
      if (login) {
        await new Promise<void>((resolve, reject) => {
          connection.once('error', reject);
          connection.login({ user: login.user, pass: login.password }, (error) => (error ? reject(error) : resolve()));
        });
      }
    } catch (error) {
      connection.close();
      throw error instanceof TransplantError ? error : unreachableServer(this.#config, error);
    }
    connection.removeAllListeners('error');
    // A server that hangs up between two mails is reached anew for the next one.
    const lost = () => {
      if (this.#connection === connection) this.#connection = undefined;
    };
    connection.on('error', lost);
    connection.on('end', lost);
    return connection;
  }
}

/** Before anything but the greeting was sent. @throws MailServerError when certificates are pinned and this is another */
function checkPin(connection: Connection, { host, port, pins }: SmtpConfig): void {
  if (pins.length === 0) return;
  const { raw } = (connection._socket as TLSSocket).getPeerCertificate();
  const actual = raw ? createHash('sha256').update(raw).digest('hex') : '';
  if (pins.includes(actual)) return;
  throw new MailServerError({
    tried: `reach the mail server ${host}:${port}`,
    happened: `Its certificate has the fingerprint ${actual || '(none)'}, which is not the pinned one.`,
    next: 'If the certificate was renewed, compare the fingerprint on the server and pin the new one; otherwise somebody may be in between.',
  });
}

async function handOver(
  connection: Connection,
  config: SmtpConfig,
  { from, to }: Envelope,
  message: Buffer,
): Promise<string> {
  // The mail is read only after the server has asked for it: from then on its fate is the server's.
  let handed = false;
  const content = Readable.from(
    (function* () {
      handed = true;
      yield message;
    })(),
  );
  return await new Promise<string>((resolve, reject) => {
    const broken = (error: unknown) => reject(outcomeOf(config, error, handed));
    connection.once('error', broken);
    connection.send({ from, to: [to] }, content, (error, info) => {
      connection.off('error', broken);
      if (error) broken(error);
      else resolve(codeOf(info.response));
    });
  });
}

/** What an error while a mail is handed over means for the mail. Answers of the server are told by their code alone. */
function outcomeOf(config: SmtpConfig, error: unknown, handed: boolean): TransplantError {
  const { responseCode, response } = smtpError(error);
  const place = `${config.host}:${config.port}`;
  if (responseCode !== undefined && responseCode >= 500 && responseCode < 600) {
    return new MailRefused({
      tried: `send a mail by ${place}`,
      happened: `The server refused it (${codeOf(response)}).`,
      next: 'Look at the address, and at the rights of the sender and of the smtp account.',
    });
  }
  if (handed && responseCode === undefined) {
    return new MailFateUnknown({
      tried: `send a mail by ${place}`,
      happened: 'The connection broke before the server said whether it took the mail.',
      next: 'Ask the person, or send it again with: transplant notify send BATCH --again',
    });
  }
  return unreachableServer(config, error);
}

function unreachableServer({ host, port, security }: SmtpConfig, cause: unknown): MailServerError {
  const { responseCode, response, code } = smtpError(cause);
  const tls = /CERT|SIGNATURE|SSL|TLS/.test(code ?? '');
  return new MailServerError(
    {
      tried: `reach the mail server ${host}:${port}`,
      happened:
        responseCode === undefined
          ? `It could not be reached by ${security === 'implicit' ? 'TLS' : 'STARTTLS'} (${code ?? 'no answer'}).`
          : `It answered ${codeOf(response)}.`,
      next: tls
        ? 'Give its authority (--ca) or its fingerprint (--pin) to the forest; mail is not sent without TLS.'
        : 'Check host, port, security and the smtp account of the forest.',
    },
    { cause },
  );
}

function smtpError(error: unknown): { code?: string; response: string; responseCode?: number } {
  if (typeof error !== 'object' || error === null) return { response: '' };
  const text = (name: string): string | undefined => {
    const value: unknown = Reflect.get(error, name);
    return typeof value === 'string' ? value : undefined;
  };
  const responseCode: unknown = Reflect.get(error, 'responseCode');
  // What the system or TLS said stands behind the library's own word for it.
  const code = text('originalCode') ?? text('code');
  return {
    ...(code !== undefined && { code }),
    response: text('response') ?? '',
    ...(typeof responseCode === 'number' && { responseCode }),
  };
}

/** `550 5.1.10` of an answer: its text may quote addresses. */
function codeOf(response: string | undefined): string {
  return /^\d{3}(?:[ -]\d\.\d{1,3}\.\d{1,3})?/.exec(response ?? '')?.[0].replace('-', ' ') ?? 'no code';
}

/** A mail as bytes: plain text, marked as made by a program so that nobody's out-of-office answers it (RFC 3834). */
export async function mimeOf(mail: {
  from: string;
  to: string;
  subject: string;
  body: string;
  language: string;
  messageId: string;
}): Promise<Buffer> {
  const { default: MailComposer } = await import('nodemailer/lib/mail-composer');
  const composer = new MailComposer({
    from: mail.from,
    to: mail.to,
    subject: mail.subject,
    text: mail.body,
    messageId: mail.messageId,
    headers: {
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
      'Content-Language': mail.language,
    },
  });
  return await composer.compile().build();
}
