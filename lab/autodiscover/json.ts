import type { EwsServerContext } from '../ews/context.ts';
import { findUser } from './user.ts';

export interface JsonAnswer {
  status: number;
  body: Record<string, string>;
}

/** Autodiscover v2: where a protocol of a mailbox is, without a logon. */
export function jsonAnswer(server: EwsServerContext, endpoint: string, url: URL): JsonAnswer {
  const inPath = /^\/autodiscover\/autodiscover\.json\/v1\.0\/([^/]+)$/i.exec(url.pathname)?.[1];
  const address = parameter(url, 'Email') ?? (inPath === undefined ? '' : decode(inPath));
  const protocol = (parameter(url, 'Protocol') ?? '').toLowerCase();
  if (protocol === '')
    return error('MandatoryParameterMissing', "A valid value must be provided for the query parameter 'Protocol'");
  if (!address.includes('@'))
    return error('MandatoryParameterMissing', "A valid smtp address must be provided for 'Email'");
  const paths: Record<string, string> = { ews: '/EWS/Exchange.asmx', autodiscoverv1: '/autodiscover/autodiscover.xml' };
  const path = paths[protocol];
  if (path === undefined) {
    return error('InvalidProtocol', "The given protocol value is invalid. Supported values are 'Ews,AutodiscoverV1'.");
  }
  const found = findUser(server, address);
  if (found.kind !== 'mailbox')
    return { status: 404, body: { ErrorCode: 'UserNotFound', ErrorMessage: 'The user was not found.' } };
  return {
    status: 200,
    body: { Protocol: protocol === 'ews' ? 'EWS' : 'AutodiscoverV1', Url: `https://${endpoint}${path}` },
  };
}

function parameter(url: URL, name: string): string | undefined {
  for (const [key, value] of url.searchParams)
    if (key.toLowerCase() === name.toLowerCase() && value !== '') return value;
  return undefined;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

function error(code: string, message: string): JsonAnswer {
  return { status: 400, body: { ErrorCode: code, ErrorMessage: message } };
}
