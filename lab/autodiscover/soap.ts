import type { EwsServerContext } from '../ews/context.ts';
import { versionText } from '../ews/version.ts';
import { child, childrenOf, NAMESPACES, textOf, type XmlNode } from '../ews/xml/node.ts';
import { el, esc, tx } from '../ews/xml/write.ts';
import { type Found, findUser, publicFolderAddress } from './user.ts';

/** SOAP Autodiscover ([MS-OXWSADISC]): GetUserSettings; other operations are refused as not supported. */
export function soapAnswer(
  server: EwsServerContext,
  endpoint: string,
  root: XmlNode,
): { status: number; text: string } {
  const body = root.ns === 's' && root.name === 'Envelope' ? child(root, 'Body')?.children[0] : undefined;
  if (body?.name !== 'GetUserSettingsRequestMessage') return { status: 500, text: fault(body?.name ?? 'nothing') };
  const request = child(body, 'Request');
  const users = childrenOf(child(request, 'Users'), 'User').map((u) => textOf(u, 'Mailbox')?.trim() ?? '');
  const settings = childrenOf(child(request, 'RequestedSettings'), 'Setting').map((s) => s.text.trim());
  const responses = users.map((address) => userResponse(server, endpoint, address, settings));
  const response = tx('ErrorCode', 'NoError') + el('ErrorMessage', '') + el('UserResponses', responses.join(''));
  const message = el('GetUserSettingsResponseMessage', el('Response', response, { 'xmlns:i': XSI }), {
    xmlns: NAMESPACES.a,
  });
  return { status: 200, text: envelope(server, 'GetUserSettingsResponse', message) };
}

const XSI = 'http://www.w3.org/2001/XMLSchema-instance';
const ACTION = 'http://schemas.microsoft.com/exchange/2010/Autodiscover/Autodiscover/';

function envelope(server: EwsServerContext, action: string, body: string): string {
  const { major, minor, build, revision } = server.version;
  const version = el(
    'h:ServerVersionInfo',
    tx('h:MajorVersion', major) +
      tx('h:MinorVersion', minor) +
      tx('h:MajorBuildNumber', build) +
      tx('h:MinorBuildNumber', revision) +
      tx('h:Version', newestSchema(server)),
    { 'xmlns:h': NAMESPACES.a },
  );
  return (
    `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="${NAMESPACES.s}" xmlns:a="${NAMESPACES.wsa}"><s:Header>` +
    `<a:Action s:mustUnderstand="1">${ACTION}${action}</a:Action>${version}</s:Header><s:Body>${body}</s:Body></s:Envelope>`
  );
}

/** The newest schema of the server that Autodiscover has a name for. */
function newestSchema(server: EwsServerContext): string {
  return (
    ['Exchange2016', 'Exchange2013_SP1', 'Exchange2010_SP2'].find((s) => server.version.schemas.has(s)) ??
    'Exchange2010'
  );
}

function fault(name: string): string {
  return (
    `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="${NAMESPACES.s}"><s:Body><s:Fault>` +
    `<faultcode xmlns:a="${NAMESPACES.wsa}">a:ActionNotSupported</faultcode>` +
    `<faultstring xml:lang="en-US">The operation '${esc(name)}' is not supported.</faultstring></s:Fault></s:Body></s:Envelope>`
  );
}

function userResponse(
  server: EwsServerContext,
  endpoint: string,
  address: string,
  settings: readonly string[],
): string {
  const found = findUser(server, address);
  switch (found.kind) {
    case 'unknown':
      return response('InvalidUser', `Invalid user: '${address}'`, undefined, '', '');
    case 'redirect':
      return response('RedirectAddress', 'Redirection address.', found.address, '', '');
    case 'mailbox': {
      const values = settingValues(server, endpoint, found);
      const known = settings.flatMap((name) => settingXml(name, values[name]));
      const missing = settings.filter((name) => values[name] === undefined).map(settingError);
      return response('NoError', 'No error.', undefined, missing.join(''), known.join(''));
    }
  }
}

function response(
  code: string,
  message: string,
  redirect: string | undefined,
  errors: string,
  settings: string,
): string {
  return el(
    'UserResponse',
    tx('ErrorCode', code) +
      tx('ErrorMessage', message) +
      (redirect === undefined ? el('RedirectTarget', '', { 'i:nil': 'true' }) : tx('RedirectTarget', redirect)) +
      el('UserSettingErrors', errors) +
      el('UserSettings', settings),
  );
}

/** A value is text, or ready-made XML of a collection with its type. */
type Value = string | { type: string; xml: string };

function settingXml(name: string, value: Value | undefined): string[] {
  if (value === undefined) return [];
  if (typeof value === 'string')
    return [el('UserSetting', tx('Name', name) + tx('Value', value), { 'i:type': 'StringSetting' })];
  return [el('UserSetting', tx('Name', name) + value.xml, { 'i:type': value.type })];
}

function settingError(name: string): string {
  return el(
    'UserSettingError',
    tx('ErrorCode', 'SettingIsNotAvailable') +
      tx('ErrorMessage', `The setting '${name}' is not available.`) +
      tx('SettingName', name),
  );
}

function settingValues(
  server: EwsServerContext,
  endpoint: string,
  found: Extract<Found, { kind: 'mailbox' }>,
): Record<string, Value | undefined> {
  const ews = `https://${endpoint}/EWS/Exchange.asmx`;
  const { host } = server.organisation;
  return {
    UserDisplayName: found.displayName,
    UserDN: found.legacyDn || undefined,
    UserDeploymentId: found.mailbox.id,
    MailboxDN: found.legacyDn || undefined,
    AutoDiscoverSMTPAddress: found.address,
    InternalEwsUrl: ews,
    ExternalEwsUrl: ews,
    ExternalEwsVersion: versionText(server.version),
    CasVersion: versionText(server.version),
    EwsSupportedSchemas: [...server.version.schemas].join(', '),
    InternalMailboxServer: host,
    ExternalMailboxServer: host,
    ExternalMailboxServerRequiresSSL: 'True',
    ActiveDirectoryServer: host,
    PublicFolderInformation: publicFolderAddress(server, found.address),
    AlternateMailboxes: found.mailbox.hasArchive ? archive(server, found) : undefined,
    UserMSOnline: 'False',
    MapiHttpEnabled: 'False',
  };
}

function archive(server: EwsServerContext, found: Extract<Found, { kind: 'mailbox' }>): Value {
  const xml = el(
    'AlternateMailboxes',
    el(
      'AlternateMailbox',
      tx('Type', 'Archive') +
        tx('DisplayName', `Online Archive - ${found.displayName}`) +
        tx('LegacyDN', `${found.legacyDn}/guid=${found.mailbox.id}`) +
        tx('Server', server.organisation.host),
    ),
  );
  return { type: 'AlternateMailboxCollectionSetting', xml };
}
