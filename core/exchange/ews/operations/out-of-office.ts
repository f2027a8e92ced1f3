import type { CallOptions } from '../../mail-store.ts';
import type { OutOfOffice } from '../../settings.ts';
import { messageError } from '../client.ts';
import { type Session, single } from '../run.ts';
import { child, escapeXml, textOf, timeOf, type XmlNode, xmlTime } from '../xml.ts';

/** [MS-OXWOOF]. The mailbox is named by its address even where it is impersonated. */

const owner = (address: string): string => `<t:Mailbox><t:Address>${escapeXml(address)}</t:Address></t:Mailbox>`;

async function ask(session: Session, operation: string, body: string, options: CallOptions): Promise<XmlNode> {
  const answer = await single(session, { operation, body, repeatable: true, ...options }, `${operation}Response`);
  const message = child(answer, 'ResponseMessage');
  const error = message && messageError(message);
  if (error) throw error;
  return answer;
}

const STATES = ['Disabled', 'Enabled', 'Scheduled'] as const;
const AUDIENCES = ['None', 'Known', 'All'] as const;

export async function getOutOfOffice(
  session: Session,
  address: string,
  options: CallOptions = {},
): Promise<OutOfOffice> {
  const body = `<m:GetUserOofSettingsRequest>${owner(address)}</m:GetUserOofSettingsRequest>`;
  const settings = child(await ask(session, 'GetUserOofSettings', body, options), 'OofSettings');
  return {
    state: STATES.find((s) => s === textOf(settings, 'OofState')) ?? 'Disabled',
    audience: AUDIENCES.find((a) => a === textOf(settings, 'ExternalAudience')) ?? 'None',
    start: timeOf(settings, 'Duration', 'StartTime') ?? null,
    end: timeOf(settings, 'Duration', 'EndTime') ?? null,
    internal: textOf(settings, 'InternalReply', 'Message') ?? '',
    external: textOf(settings, 'ExternalReply', 'Message') ?? '',
  };
}

export async function setOutOfOffice(
  session: Session,
  address: string,
  value: OutOfOffice,
  options: CallOptions = {},
): Promise<void> {
  const duration =
    value.state === 'Scheduled' && value.start !== null && value.end !== null
      ? `<t:Duration><t:StartTime>${xmlTime(value.start)}</t:StartTime><t:EndTime>${xmlTime(value.end)}</t:EndTime></t:Duration>`
      : '';
  const reply = (name: string, text: string): string =>
    `<t:${name}><t:Message>${escapeXml(text)}</t:Message></t:${name}>`;
  const settings =
    `<t:OofState>${value.state}</t:OofState><t:ExternalAudience>${value.audience}</t:ExternalAudience>${duration}` +
    reply('InternalReply', value.internal) +
    reply('ExternalReply', value.external);
  const body = `<m:SetUserOofSettingsRequest>${owner(address)}<t:UserOofSettings>${settings}</t:UserOofSettings></m:SetUserOofSettingsRequest>`;
  await ask(session, 'SetUserOofSettings', body, options);
}
