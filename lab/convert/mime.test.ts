import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findProp, getBytes, getNumber, getText, getTime, setProp } from '../../core/domain/mapi/bag.ts';
import { SENDER, SENT_REPRESENTING } from '../../core/domain/mapi/correspondents.ts';
import { recipientsOf } from '../../core/domain/mapi/message.ts';
import type { MapiMessage } from '../../core/domain/mapi/model.ts';
import { named } from '../../core/domain/mapi/ref.ts';
import { PropSet } from '../../core/domain/mapi/sets.ts';
import { PidTag } from '../../core/domain/mapi/tags.ts';
import { corpusFolder, describeWith, hasPart } from '../../tests/support/parts.ts';
import { people } from '../seed/people.ts';
import { deliveryReport, readReceipt, signedMail } from '../seed/raw-mail.ts';
import { getCorrespondent, recipientAddress } from './addresses.ts';
import { mailMessage } from './mail.ts';
import { ConvertError } from './mime-error.ts';
import { mimeToMessage } from './mime-in.ts';
import { messageToMime } from './mime-out.ts';

const bytes = (...lines: string[]) => new TextEncoder().encode(lines.join('\r\n'));
const [anna, boris] = people(1, 2);
if (!anna || !boris) throw new Error('no people');

const RICH = bytes(
  'Received: from a by b; Tue, 4 Aug 2026 10:00:05 +0200',
  'Received: from x by y; Tue, 4 Aug 2026 10:00:01 +0200',
  'From: =?utf-8?B?R3LDvMOfZQ==?= <gruesse@example.org>',
  'Sender: <bot@example.org>',
  'To: "Berg, Anna" <anna@source.test>, Team: b@source.test, c@source.test;',
  'Cc: =?iso-2022-jp?B?GyRCOjRGIxsoQg==?= <sato@source.test>',
  'Reply-To: <answers@example.org>',
  'Subject: AW: Angebot =?utf-8?q?f=C3=BCr?= Anlage 3',
  'Date: Tue, 4 Aug 2026 09:59:58 +0200',
  'Message-ID: <rich@example.org>',
  'In-Reply-To: <first@example.org>',
  'References: <root@example.org> <first@example.org>',
  'Importance: high',
  'Sensitivity: private',
  'Disposition-Notification-To: <gruesse@example.org>',
  'X-Ticket: 4711',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary="m"',
  '',
  '--m',
  'Content-Type: multipart/related; boundary="r"',
  '',
  '--r',
  'Content-Type: multipart/alternative; boundary="a"',
  '',
  '--a',
  'Content-Type: text/plain; charset=iso-8859-1',
  'Content-Transfer-Encoding: quoted-printable',
  '',
  'Gr=FC=DFe',
  '--a',
  'Content-Type: text/html; charset=utf-8',
  '',
  '<p>Grüße <img src="cid:logo@x"></p>',
  '--a--',
  '--r',
  'Content-Type: image/png; name="logo.png"',
  'Content-Transfer-Encoding: base64',
  'Content-ID: <logo@x>',
  'Content-Disposition: inline; filename="logo.png"',
  '',
  'iVBORw0KGgo=',
  '--r--',
  '--m',
  "Content-Type: application/pdf; name*=utf-8''%C3%9Cbersicht.pdf",
  'Content-Transfer-Encoding: base64',
  "Content-Disposition: attachment; filename*=utf-8''%C3%9Cbersicht%202026.pdf",
  '',
  'JVBERi0xLjcK',
  '--m',
  'Content-Type: message/rfc822',
  '',
  'From: <inner@example.org>',
  'To: <anna@source.test>',
  'Subject: Inner',
  'Date: Mon, 3 Aug 2026 08:00:00 +0000',
  '',
  'inner text',
  '--m--',
  '',
);

describe('a rich message', () => {
  test('becomes an item with everything in its place', async () => {
    const m = await mimeToMessage(RICH);
    expect(getText(m, PidTag.MessageClass)).toBe('IPM.Note');
    expect(getText(m, PidTag.Subject)).toBe('AW: Angebot für Anlage 3');
    expect(getText(m, PidTag.SubjectPrefix)).toBe('AW: ');
    expect(getText(m, PidTag.NormalizedSubject)).toBe('Angebot für Anlage 3');
    expect(getCorrespondent(m, SENT_REPRESENTING)).toEqual({ name: 'Grüße', address: 'gruesse@example.org' });
    expect(getCorrespondent(m, SENDER)?.address).toBe('bot@example.org');
    expect(recipientsOf(m, 1).map((r) => recipientAddress(r).address)).toEqual([
      'anna@source.test',
      'b@source.test',
      'c@source.test',
    ]);
    expect(recipientsOf(m, 2).map(recipientAddress)).toEqual([{ name: '佐藤', address: 'sato@source.test' }]);
    expect(getTime(m, PidTag.ClientSubmitTime)).toBe(Date.UTC(2026, 7, 4, 7, 59, 58));
    expect(getTime(m, PidTag.MessageDeliveryTime)).toBe(Date.UTC(2026, 7, 4, 8, 0, 5));
    expect(getNumber(m, PidTag.Importance)).toBe(2);
    expect(getNumber(m, PidTag.Sensitivity)).toBe(2);
    expect(findProp(m, PidTag.ReadReceiptRequested)?.value).toBe(true);
    expect(getText(m, named(PropSet.InternetHeaders, 'x-ticket', 'String'))).toBe('4711');
    expect(getText(m, PidTag.Body)).toContain('Grüße');
    expect(new TextDecoder().decode(getBytes(m, PidTag.Html))).toContain('cid:logo@x');
    const [logo, pdf, inner] = m.attachments;
    expect(logo && getText(logo, PidTag.AttachContentId)).toBe('logo@x');
    expect(logo && findProp(logo, PidTag.AttachmentHidden)?.value).toBe(true);
    expect(pdf && getText(pdf, PidTag.AttachLongFilename)).toBe('Übersicht 2026.pdf');
    expect(inner?.embedded && getText(inner.embedded, PidTag.Subject)).toBe('Inner');
  });

  test('comes back as MIME that says the same, the same bytes each time', async () => {
    const m = await mimeToMessage(RICH);
    const out = await messageToMime(m);
    expect(out.equals(await messageToMime(await mimeToMessage(RICH)))).toBe(true);
    expect(meaning(await mimeToMessage(out))).toEqual(meaning(m));
    expect(out.toString('latin1')).toMatch(/^X-Ticket: 4711\r$/m);
    expect(out.toString('latin1').match(/^Received: /gm)).toHaveLength(2);
  });
});

/** What a message says, apart from how its MIME was written. */
interface Meaning {
  class: string | undefined;
  subject: string | undefined;
  from: unknown;
  body: string | undefined;
  attachments: unknown[];
}

function meaning(m: MapiMessage): Meaning & Record<string, unknown> {
  return {
    class: getText(m, PidTag.MessageClass),
    subject: getText(m, PidTag.Subject),
    from: getCorrespondent(m, SENT_REPRESENTING),
    sender: getCorrespondent(m, SENDER)?.address,
    recipients: m.recipients.map((r) => ({ type: getNumber(r, PidTag.RecipientType), ...recipientAddress(r) })),
    sent: getTime(m, PidTag.ClientSubmitTime),
    id: getText(m, PidTag.InternetMessageId),
    references: getText(m, PidTag.InternetReferences),
    body: getText(m, PidTag.Body)?.trim(),
    html: Buffer.from(getBytes(m, PidTag.Html) ?? [])
      .toString('utf8')
      .trim(),
    attachments: m.attachments.map((a) => ({
      name: getText(a, PidTag.AttachLongFilename),
      type: getText(a, PidTag.AttachMimeTag),
      cid: getText(a, PidTag.AttachContentId),
      data: Buffer.from(getBytes(a, PidTag.AttachDataBinary) ?? []).toString('base64'),
      embedded: a.embedded ? meaning(a.embedded) : undefined,
    })),
  };
}

test('signed mail keeps its signed bytes through both directions', async () => {
  const raw = signedMail(anna, boris, Date.UTC(2026, 1, 1), 1);
  const m = await mimeToMessage(raw);
  expect(getText(m, PidTag.MessageClass)).toBe('IPM.Note.SMIME.MultipartSigned');
  expect(m.attachments).toHaveLength(1);
  const out = await messageToMime(m);
  const body = (b: Uint8Array) => Buffer.from(b).subarray(Buffer.from(b).indexOf('\r\n\r\n')).toString('latin1');
  expect(body(out)).toBe(body(raw));
  expect(out.toString()).toMatch(/^Content-Type: multipart\/signed; protocol=/m);
  const [entity] = m.attachments;
  expect(Buffer.from(entity ? (getBytes(entity, PidTag.AttachDataBinary) ?? []) : []).toString()).toContain(
    '  Two spaces before',
  );
});

test('delivery reports and receipts become report classes and go out as reports', async () => {
  const ndr = await mimeToMessage(deliveryReport(anna, Date.UTC(2026, 1, 1), 1));
  expect(getText(ndr, PidTag.MessageClass)).toBe('REPORT.IPM.Note.NDR');
  expect(ndr.recipients.map((r) => recipientAddress(r).address)).toEqual(['nobody@example.org']);
  expect(ndr.recipients.map((r) => getNumber(r, PidTag.NonDeliveryReportStatusCode))).toEqual([511]);
  expect(getText(ndr, PidTag.OriginalSubject)).toBe('Offer 4711');
  const out = (await messageToMime(ndr)).toString('latin1');
  expect(out).toMatch(/^Content-Type: multipart\/report; report-type=delivery-status;/m);
  expect(out).toContain('Final-Recipient: rfc822;nobody@example.org');
  expect(getText(await mimeToMessage(Buffer.from(out, 'latin1')), PidTag.MessageClass)).toBe('REPORT.IPM.Note.NDR');
  const receipt = await mimeToMessage(readReceipt(anna, boris, Date.UTC(2026, 1, 1), 1));
  expect(getText(receipt, PidTag.MessageClass)).toBe('REPORT.IPM.Note.IPNRN');
});

test('what is no message is said by name', async () => {
  await expect(mimeToMessage(new Uint8Array())).rejects.toMatchObject({ name: 'ConvertError', reason: 'empty' });
  await expect(mimeToMessage(bytes('just some words', 'and more'))).rejects.toMatchObject({ reason: 'noHeaders' });
  await expect(mimeToMessage(bytes(`X: ${'y'.repeat(3 << 20)}`, '', ''))).rejects.toBeInstanceOf(ConvertError);
});

test('a broken embedded message stays a file', async () => {
  const m = await mimeToMessage(
    bytes(
      'Subject: s',
      'Content-Type: multipart/mixed; boundary=x',
      '',
      '--x',
      'Content-Type: message/rfc822',
      '',
      'no header',
      '--x--',
    ),
  );
  expect(m.attachments).toHaveLength(1);
  expect(m.attachments[0]?.embedded).toBeUndefined();
});

test('drafts keep their hidden recipients, sent mail does not show them', async () => {
  const spec = {
    subject: 'x',
    text: 'y',
    from: { name: 'A', address: 'a@source.test' },
    to: [],
    bcc: [{ name: 'B', address: 'b@source.test' }],
    sent: 0,
    received: 0,
    messageId: '<1@x>',
    read: true,
  };
  expect((await messageToMime(mailMessage({ ...spec, draft: true }))).toString()).toMatch(/^Bcc: B <b@source.test>/m);
  expect((await messageToMime(mailMessage(spec))).toString()).not.toMatch(/^Bcc/m);
});

test('any bytes are read or refused by name', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.boolean(), async (body, headed) => {
      const raw = headed
        ? Buffer.concat([Buffer.from('Subject: a\r\nContent-Type: multipart/mixed; boundary=b\r\n'), body])
        : body;
      const m = await mimeToMessage(raw).catch((error: unknown) => {
        if (!(error instanceof ConvertError)) throw error;
        return undefined;
      });
      if (m) await messageToMime(m);
    }),
    { numRuns: 150 },
  );
});

test('headers cannot be smuggled in by a subject or a name', async () => {
  const m = mailMessage({
    subject: 'x\r\nBcc: evil@example.org',
    text: '',
    from: { name: 'A\r\nX-Evil: 1', address: 'a@source.test' },
    to: [],
    sent: 0,
    received: 0,
    messageId: '<1@x>',
    read: true,
  });
  setProp(m, PidTag.TransportMessageHeaders, 'X-Kept: yes\r\n\r\n');
  const headers = (await messageToMime(m)).toString('latin1').split('\r\n\r\n')[0] ?? '';
  expect(headers).not.toMatch(/^(Bcc|X-Evil)/m);
  expect(headers).toMatch(/^X-Kept: yes/m);
});

/** An odd local part comes back in quotes, which is the same address. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null).replaceAll('\\"', ''));

describeWith(['corpus'], 'real mail', () => {
  const files = (hasPart('corpus') ? readdirSync(corpusFolder, { recursive: true, encoding: 'utf8' }) : []).filter(
    (f) => f.endsWith('.eml'),
  );
  test.each(files)('%s means the same after a way through an item', async (file) => {
    const m = await mimeToMessage(readFileSync(join(corpusFolder, file)));
    const again = await mimeToMessage(await messageToMime(m));
    const [before, after] = [meaning(m), meaning(again)];
    for (const key of ['class', 'subject', 'from'] as const) expect(plain(after[key])).toEqual(plain(before[key]));
    expect(after.body ?? '').toBe(before.body ?? '');
    expect(after.attachments).toHaveLength(before.attachments.length);
  });
});
