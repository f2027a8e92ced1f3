import type { DirectoryAccount } from '../model.ts';
import type { Chunk, EffectiveUser, EwsServerContext } from './context.ts';
import { EwsError, invalidRequest, SoapFault } from './errors.ts';
import { child, NAMESPACES, path, type XmlNode } from './xml/node.ts';
import { el, esc, tx } from './xml/write.ts';

/** What stands before the answer of an operation: the server's version goes with every answer. */
export function envelopeStart({ version }: EwsServerContext): string {
  const info = el('h:ServerVersionInfo', '', {
    MajorVersion: version.major,
    MinorVersion: version.minor,
    MajorBuildNumber: version.build,
    MinorBuildNumber: version.revision,
    Version: version.label,
    'xmlns:h': NAMESPACES.t,
  });
  return (
    `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="${NAMESPACES.s}"><s:Header>${info}</s:Header>` +
    `<s:Body xmlns:m="${NAMESPACES.m}" xmlns:t="${NAMESPACES.t}">`
  );
}
export const ENVELOPE_END = '</s:Body></s:Envelope>';

export interface SoapRequest {
  operation: string;
  body: XmlNode;
  header: XmlNode | undefined;
}

/** Takes an envelope apart; throws SoapFault. */
export function readEnvelope(root: XmlNode, schemas: ReadonlySet<string>): SoapRequest {
  if (root.ns !== 's' || root.name !== 'Envelope') throw invalidRequest('It is no SOAP 1.1 envelope.');
  const body = child(root, 'Body');
  const request = body?.children[0];
  if (!request || body.children.length !== 1) throw invalidRequest('The body holds no single request.');
  if (request.ns !== 'm') throw invalidRequest(`The element '${request.name}' is not known in this namespace.`);
  const header = child(root, 'Header');
  const version = child(header, 'RequestServerVersion')?.attributes.Version;
  if (version !== undefined && !schemas.has(version)) {
    throw new SoapFault('ErrorInvalidServerVersion', 'The specified server version is invalid.');
  }
  // GetUserOofSettingsRequest and its like carry the word in their name.
  return { operation: request.name.replace(/Request$/, ''), body: request, header };
}

/** As whom the call acts: the account itself, or whom ExchangeImpersonation names. Throws SoapFault. */
export function effectiveUser(
  server: EwsServerContext,
  account: DirectoryAccount,
  header: XmlNode | undefined,
): EffectiveUser {
  const sid = path(header, 'ExchangeImpersonation', 'ConnectingSID')?.children[0];
  if (!child(header, 'ExchangeImpersonation')) return userOf(server, account, false);
  if (!account.roles.includes('ApplicationImpersonation')) {
    throw new SoapFault(
      'ErrorImpersonateUserDenied',
      'The account does not have permission to impersonate the requested user.',
    );
  }
  if (!sid) throw invalidRequest('ConnectingSID names nobody.');
  const name = sid.text.trim();
  const entry = sid.name === 'SID' || sid.name === 'PrincipalName' ? undefined : server.directory.entry(name);
  const target = server.directory.account(entry?.address ?? name);
  const user = target && userOf(server, target, true);
  if (user?.mailbox) return user;
  // A shared or resource mailbox may stand without an account that can log on.
  const mailbox = server.store.mailbox(entry?.address ?? name.toLowerCase());
  if (mailbox) {
    return {
      address: mailbox.address,
      displayName: mailbox.displayName,
      mailbox,
      account: undefined,
      impersonated: true,
    };
  }
  throw sid.name === 'SID' || sid.name === 'PrincipalName'
    ? new SoapFault(
        'ErrorInvalidUserInfo',
        'The user account which was used to submit this request does not have the right to mail.',
      )
    : new SoapFault('ErrorNonExistentMailbox', 'The SMTP address has no mailbox associated with it.');
}

function userOf(server: EwsServerContext, account: DirectoryAccount, impersonated: boolean): EffectiveUser {
  return {
    address: account.address?.toLowerCase() ?? '',
    displayName: account.displayName,
    mailbox: account.address === null ? undefined : server.store.mailbox(account.address.toLowerCase()),
    account,
    impersonated,
  };
}

/** A SOAP fault as Exchange writes it, detail included. */
export function faultEnvelope(fault: SoapFault): string {
  const values = Object.entries(fault.detail.values ?? {})
    .map(([name, value]) => el('t:Value', esc(value), { Name: name }))
    .join('');
  const detail =
    `<e:ResponseCode xmlns:e="${NAMESPACES.e}">${fault.code}</e:ResponseCode>` +
    `<e:Message xmlns:e="${NAMESPACES.e}">${esc(fault.message)}</e:Message>` +
    (values === '' ? '' : `<t:MessageXml xmlns:t="${NAMESPACES.t}">${values}</t:MessageXml>`);
  return (
    `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="${NAMESPACES.s}"><s:Body><s:Fault>` +
    `<faultcode xmlns:a="${NAMESPACES.t}">a:${fault.code}</faultcode>` +
    `${tx('faultstring', fault.message, { 'xml:lang': 'en-US' })}<detail>${detail}</detail></s:Fault></s:Body></s:Envelope>`
  );
}

/** ErrorServerBusy with its back-off. */
export function busyFault(backOffMs: number): SoapFault {
  return new SoapFault('ErrorServerBusy', 'The server cannot service this request right now. Try again later.', {
    values: { BackOffMilliseconds: String(backOffMs) },
  });
}

export function busyError(backOffMs: number): EwsError {
  return new EwsError('ErrorServerBusy', 'The server cannot service this request right now. Try again later.', {
    values: { BackOffMilliseconds: String(backOffMs) },
  });
}

/** The whole answer around an operation's chunks. */
export async function* envelope(
  server: EwsServerContext,
  chunks: AsyncIterable<Chunk> | Iterable<Chunk>,
): AsyncGenerator<Chunk> {
  yield envelopeStart(server);
  yield* chunks;
  yield ENVELOPE_END;
}
