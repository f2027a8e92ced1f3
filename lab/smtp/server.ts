import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import nodemailer from 'nodemailer';
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server';
import type { DirectoryAccount, OrganisationDirectory } from '../model.ts';
import { domainOf, isEmpty, type Route, resolveRecipient } from './routing.ts';

/** Another organisation's front, for mail that is sent on. */
export interface Peer {
  host: string;
  port: number;
  /** PEM of the CA its certificate is of. */
  ca: string;
}

export interface SmtpOptions {
  organisation: string;
  /** DNS name it greets with and stamps into Received. */
  hostName: string;
  /** Accepted domains, lower case. */
  domains: readonly string[];
  directory: OrganisationDirectory;
  verifyPassword(account: DirectoryAccount, password: string): boolean;
  /** Puts a message into all of these mailboxes and mail-enabled public folders, or, when it throws, into none. */
  deliver(to: { mailboxes: ReadonlySet<string>; publicFolders: ReadonlySet<string> }, mime: Buffer): Promise<void>;
  /** Who takes mail for a domain that is not ours. */
  peer(domain: string): Peer | undefined;
  /** PEM; the certificate is followed by its issuer's. */
  key: string;
  cert: string;
  ca: string;
  host: string;
  /** 0 for any free port. */
  port: number;
  /** Port of TLS from the first byte; 0 for any. */
  implicitPort: number;
}

export interface SmtpServer {
  port: number;
  implicitPort: number;
  close(): Promise<void>;
}

/** Largest message, in bytes; Exchange's default is 10 MB, raised here so that large items can be practised with. */
const largest = 64 * 1024 * 1024;
/** RFC 5321 6.3: more hops than these are a loop. */
const mostHops = 30;

/** An SMTP server with STARTTLS, and one with implicit TLS, for an organisation. */
export async function startSmtpServer(options: SmtpOptions): Promise<SmtpServer> {
  const front = new Front(options);
  const plain = await listen(front.server(false), options.host, options.port);
  const implicit = await listen(front.server(true), options.host, options.implicitPort);
  return {
    port: plain.port,
    implicitPort: implicit.port,
    close: async () => {
      await Promise.all([plain.close(), implicit.close()]);
    },
  };
}

async function listen(server: SMTPServer, host: string, port: number) {
  // A client that breaks off is its own affair; what matters was answered.
  server.on('error', () => {});
  const inner = server.listen(port, host);
  await once(inner, 'listening');
  return {
    port: (inner.address() as AddressInfo).port,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

class SmtpError extends Error {
  readonly responseCode: number;
  constructor(responseCode: number, message: string) {
    super(message);
    this.responseCode = responseCode;
  }
}

class Front {
  private readonly options: SmtpOptions;
  constructor(options: SmtpOptions) {
    this.options = options;
  }

  server(secure: boolean): SMTPServer {
    const { key, cert, hostName, organisation } = this.options;
    const handlers: SMTPServerOptions = {
      secure,
      key,
      cert,
      minVersion: 'TLSv1.2',
      name: hostName,
      banner: `${organisation} Microsoft ESMTP MAIL Service ready`,
      size: largest,
      authOptional: true,
      authMethods: ['PLAIN', 'LOGIN'],
      disableReverseLookup: true,
      closeTimeout: 1000,
      onAuth: (auth, _session, done) => {
        const account = this.options.directory.account(auth.username ?? '');
        const fits = account && !account.disabled && this.options.verifyPassword(account, auth.password ?? '');
        if (fits) done(null, { user: account.name });
        else done(new SmtpError(535, '5.7.3 Authentication unsuccessful'));
      },
      onRcptTo: (address, session, done) => done(this.refusal(address.address, session)),
      onData: (stream, session, done) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => {
          if (!stream.sizeExceeded) chunks.push(chunk);
        });
        stream.on('error', (error) => done(error));
        stream.on('end', () => {
          if (stream.sizeExceeded) {
            done(new SmtpError(552, '5.3.4 Message size exceeds fixed limit'));
            return;
          }
          this.accept(Buffer.concat(chunks), session).then(
            () => done(null, `2.6.0 Queued mail for delivery`),
            (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
          );
        });
      },
    };
    return new SMTPServer(handlers);
  }

  private isOurs = (domain: string): boolean => this.options.domains.includes(domain);

  private route(address: string): Route | undefined {
    return resolveRecipient(this.options.directory, this.isOurs, address);
  }

  /** Why a recipient is not taken; null when it is. */
  private refusal(address: string, session: SMTPServerSession): SmtpError | null {
    const route = this.route(address);
    if (route && !isEmpty(route)) return null;
    if (route || this.isOurs(domainOf(address)))
      return new SmtpError(550, '5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup');
    if (session.user && this.options.peer(domainOf(address))) return null;
    return new SmtpError(550, '5.7.54 SMTP; Unable to relay recipient in non-accepted domain');
  }

  /** Delivers to every recipient, or throws so that the sender tries all of it again. */
  private async accept(mime: Buffer, session: SMTPServerSession): Promise<void> {
    if (hops(mime) > mostHops) throw new SmtpError(554, '5.4.14 Hop count exceeded - possible mail loop detected');
    const stamped = Buffer.concat([Buffer.from(this.received(session)), mime]);
    const all: Route = { mailboxes: new Set(), publicFolders: new Set(), remote: new Set() };
    for (const { address } of session.envelope.rcptTo) {
      const route = this.route(address);
      if (!route) all.remote.add(address.toLowerCase());
      else
        for (const key of ['mailboxes', 'publicFolders', 'remote'] as const)
          for (const one of route[key]) all[key].add(one);
    }
    // Onward first: what fails there is tried again by the sender, and nobody here has it twice then.
    await this.forward(stamped, session, [...all.remote]);
    if (all.mailboxes.size + all.publicFolders.size > 0) await this.options.deliver(all, stamped);
  }

  private async forward(mime: Buffer, session: SMTPServerSession, addresses: readonly string[]): Promise<void> {
    const byDomain = Map.groupBy(addresses, domainOf);
    const { mailFrom } = session.envelope;
    for (const [domain, to] of byDomain) {
      const peer = this.options.peer(domain);
      if (!peer) throw new SmtpError(550, `5.4.310 DNS domain ${domain} does not exist`);
      const transport = nodemailer.createTransport({
        host: peer.host,
        port: peer.port,
        requireTLS: true,
        name: this.options.hostName,
        tls: { ca: peer.ca, minVersion: 'TLSv1.2' },
        connectionTimeout: 10_000,
      });
      try {
        await transport.sendMail({ envelope: { from: mailFrom ? mailFrom.address : '', to }, raw: mime });
      } catch (error) {
        throw onward(error);
      } finally {
        transport.close();
      }
    }
  }

  private received(session: SMTPServerSession): string {
    const how = session.secure ? (session.user ? 'ESMTPSA' : 'ESMTPS') : 'ESMTP';
    const date = new Date().toUTCString().replace('GMT', '+0000');
    const from = (session.hostNameAppearsAs || 'unknown').replace(/[^\w.:[\]-]/g, '');
    return `Received: from ${from} (${session.remoteAddress}) by ${this.options.hostName} with ${how};\r\n\t${date}\r\n`;
  }
}

/** The other side's refusal is passed on as it was; anything else is for later. */
function onward(error: unknown): SmtpError {
  const code = typeof error === 'object' && error !== null && 'responseCode' in error ? error.responseCode : undefined;
  const text = typeof error === 'object' && error !== null && 'response' in error ? String(error.response) : '';
  if (typeof code === 'number' && code >= 500)
    return new SmtpError(code, text.replace(/^\d+[ -]/, '') || '5.0.0 refused');
  return new SmtpError(451, '4.4.0 Primary target IP address responded with an error; try again later');
}

/** Received lines in the header. */
function hops(mime: Buffer): number {
  const end = mime.indexOf('\r\n\r\n');
  const header = mime.subarray(0, end < 0 ? Math.min(mime.length, 65_536) : end).toString('latin1');
  return header.match(/^received:/gim)?.length ?? 0;
}
