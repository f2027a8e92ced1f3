import type { EwsServerContext } from '../ews/context.ts';
import { versionHex } from '../ews/version.ts';
import { child, textOf, type XmlNode } from '../ews/xml/node.ts';
import { el, tx } from '../ews/xml/write.ts';
import { type Found, findUser, publicFolderAddress } from './user.ts';

const RESPONSE = 'http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006';
const OUTLOOK = 'http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a';

/** Plain-XML Autodiscover ([MS-OXDSCLI] 3.1.5.1): the answer to a parsed request, or to one that was none. */
export function poxAnswer(server: EwsServerContext, endpoint: string, root: XmlNode | undefined): string {
  const request = root?.name === 'Autodiscover' ? child(root, 'Request') : undefined;
  const address = textOf(request, 'EMailAddress')?.trim() ?? '';
  if (!request || address === '') return error(server, 600, 'Invalid Request');
  if (textOf(request, 'AcceptableResponseSchema')?.trim() !== OUTLOOK)
    return error(server, 601, 'Provider is not available');
  const found = findUser(server, address);
  switch (found.kind) {
    case 'unknown':
      return error(server, 500, "The email address can't be found.");
    case 'redirect':
      return outlook(el('Account', tx('Action', 'redirectAddr') + tx('RedirectAddr', found.address)));
    case 'mailbox':
      return outlook(user(found) + account(server, endpoint, found));
  }
}

function document(inner: string): string {
  return `<?xml version="1.0" encoding="utf-8"?>${el('Autodiscover', inner, { xmlns: RESPONSE })}`;
}

function outlook(inner: string): string {
  return document(el('Response', inner, { xmlns: OUTLOOK }));
}

function error(server: EwsServerContext, code: number, message: string): string {
  const time = new Date(server.options.now()).toISOString().slice(11, 23);
  return document(
    el(
      'Response',
      el('Error', tx('ErrorCode', code) + tx('Message', message) + el('DebugData', ''), { Time: time, Id: '1' }),
    ),
  );
}

type Mailbox = Extract<Found, { kind: 'mailbox' }>;

function user(found: Mailbox): string {
  return el(
    'User',
    tx('DisplayName', found.displayName) +
      tx('LegacyDN', found.legacyDn) +
      tx('AutoDiscoverSMTPAddress', found.address) +
      tx('DeploymentId', found.mailbox.id),
  );
}

function account(server: EwsServerContext, endpoint: string, found: Mailbox): string {
  const ews = `https://${endpoint}/EWS/Exchange.asmx`;
  const urls = tx('ASUrl', ews) + tx('EwsUrl', ews) + tx('OOFUrl', ews);
  const exchange = el(
    'Protocol',
    tx('Type', 'EXCH') +
      tx('Server', server.organisation.host) +
      tx('ServerVersion', versionHex(server.version)) +
      urls,
  );
  const outside = el(
    'Protocol',
    tx('Type', 'EXPR') + tx('Server', server.organisation.host) + tx('SSL', 'On') + tx('AuthPackage', 'Ntlm') + urls,
  );
  const folders = publicFolderAddress(server, found.address);
  const archive = found.mailbox.hasArchive
    ? el(
        'AlternativeMailbox',
        tx('Type', 'Archive') +
          tx('DisplayName', `Online Archive - ${found.displayName}`) +
          tx('LegacyDN', `${found.legacyDn}/guid=${found.mailbox.id}`) +
          tx('Server', server.organisation.host),
      )
    : '';
  return el(
    'Account',
    tx('AccountType', 'email') +
      tx('Action', 'settings') +
      tx('MicrosoftOnline', 'False') +
      exchange +
      outside +
      archive +
      (folders === undefined ? '' : el('PublicFolderInformation', tx('SmtpAddress', folders))),
  );
}
