import type { MailboxRecord, OutOfOffice } from '../../model.ts';
import { mailboxByAddress } from '../access.ts';
import type { Call, Chunk } from '../context.ts';
import { EwsError } from '../errors.ts';
import { errorContent, type Operation } from '../respond.ts';
import { dateTime, parseDateTime } from '../xml/dates.ts';
import { child, path, textOf, type XmlNode } from '../xml/node.ts';
import { el, tx } from '../xml/write.ts';

const SUCCESS =
  '<m:ResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode></m:ResponseMessage>';

function answer(name: string, work: () => string): Iterable<Chunk> {
  try {
    return [el(`m:${name}Response`, SUCCESS + work())];
  } catch (error) {
    if (!(error instanceof EwsError)) throw error;
    return [el(`m:${name}Response`, el('m:ResponseMessage', errorContent(error), { ResponseClass: 'Error' }))];
  }
}

function mailboxOf(call: Call, request: XmlNode): MailboxRecord {
  const mailbox = mailboxByAddress(call, textOf(child(request, 'Mailbox'), 'Address') ?? '');
  if (mailbox.id !== call.user.mailbox?.id)
    throw new EwsError('ErrorAccessDenied', 'Access is denied. Check credentials and try again.');
  return mailbox;
}

/** [MS-OXWOOF] 3.1.4.1. */
export const getUserOofSettings: Operation = (request, call) =>
  answer('GetUserOofSettings', () => {
    const o = mailboxOf(call, request).outOfOffice;
    const now = call.options.now();
    return (
      el(
        't:OofSettings',
        tx('t:OofState', o.state) +
          tx('t:ExternalAudience', o.audience) +
          el(
            't:Duration',
            tx('t:StartTime', dateTime(o.start ?? now)) + tx('t:EndTime', dateTime(o.end ?? now + 86_400_000)),
          ) +
          el('t:InternalReply', tx('t:Message', o.internal)) +
          el('t:ExternalReply', tx('t:Message', o.external)),
      ) + tx('m:AllowExternalOof', 'All')
    );
  });

/** [MS-OXWOOF] 3.1.4.2. */
export const setUserOofSettings: Operation = (request, call) =>
  answer('SetUserOofSettings', () => {
    const mailbox = mailboxOf(call, request);
    call.store.updateMailbox(mailbox.id, { outOfOffice: read(child(request, 'UserOofSettings')) });
    return '';
  });

function read(node: XmlNode | undefined): OutOfOffice {
  const state = textOf(node, 'OofState');
  const audience = textOf(node, 'ExternalAudience');
  if (state !== 'Disabled' && state !== 'Enabled' && state !== 'Scheduled') throw invalid();
  if (audience !== 'None' && audience !== 'Known' && audience !== 'All') throw invalid();
  const time = (name: string) => {
    const text = textOf(child(node, 'Duration'), name);
    return text === undefined ? null : parseDateTime(text);
  };
  const [start, end] = [time('StartTime'), time('EndTime')];
  if (state === 'Scheduled' && (start === null || end === null || end <= start)) throw invalid();
  return {
    state,
    audience,
    internal: path(node, 'InternalReply', 'Message')?.text ?? '',
    external: path(node, 'ExternalReply', 'Message')?.text ?? '',
    start,
    end,
  };
}

function invalid(): EwsError {
  return new EwsError('ErrorInvalidOofParameter', 'The out-of-office settings are not valid.');
}
