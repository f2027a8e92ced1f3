/** Bounce messages as servers write them, for an address of Exchange's own kind. */

const crlf = (lines: readonly string[]) => `${lines.join('\r\n')}\r\n`;

/** A message as the console sends it. */
export const sentFile = (text: string, i = 0) => ({
  name: `${i}.eml`,
  base64: Buffer.from(text, 'latin1').toString('base64'),
});

/** Exchange 2013 and later: multipart/report with text, HTML, a delivery status whose fields are folded, and the original. */
export function exchangeReport(encoded: string, action = 'failed'): string {
  const address = `IMCEAEX-${encoded}@source.example`;
  return crlf([
    'MIME-Version: 1.0',
    'From: <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@source.example>',
    'To: <sender@source.example>',
    'Content-Type: multipart/report; report-type=delivery-status;',
    ' boundary="b1"',
    'Subject: Undeliverable: private words',
    'X-MS-Exchange-Message-Is-Ndr:',
    '',
    '--b1',
    'Content-Type: multipart/alternative; differences=Content-Type; boundary="b2"',
    '',
    '--b2',
    'Content-Type: text/plain; charset="us-ascii"',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    'Delivery has failed to these recipients or groups:',
    '',
    `Doe, John<mailto:${address.replaceAll('=', '=3D')}>`,
    'The e-mail address you entered could not be found.',
    '',
    '--b2',
    'Content-Type: text/html; charset="us-ascii"',
    '',
    `<html><body>Generating server: ex1.source.example<br>${address.replaceAll('+', '&#43;')}<br>`,
    '#550 5.1.1 RESOLVER.ADR.ExRecipNotFound; not found ##</body></html>',
    '--b2--',
    '--b1',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns;ex1.source.example',
    'Received-From-MTA: dns;ex1.source.example',
    '',
    'Final-Recipient: RFC822;',
    ` ${address}`,
    `Action: ${action}`,
    `Status: ${action === 'failed' ? '5.1.1' : '4.4.7'}`,
    'Diagnostic-Code: smtp;550 5.1.1 RESOLVER.ADR.ExRecipNotFound; not found',
    'X-Display-Name: Doe, John',
    '',
    '',
    '--b1',
    'Content-Type: message/rfc822',
    '',
    'From: Sender <sender@source.example>',
    `To: "Doe, John" <${address}>`,
    'Subject: private words',
    '',
    `private text of IMCEAEX-_o=somebody_cn=else@source.example`,
    '--b1--',
  ]);
}

/** Exchange 2003 and before: plain text alone. */
export function oldText(encoded: string): string {
  return crlf([
    'From: "System Administrator" <postmaster@source.example>',
    'To: <sender@source.example>',
    'Subject: Undeliverable: private words',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset="iso-8859-1"',
    '',
    'Your message did not reach some or all of the intended recipients.',
    '',
    `      IMCEAEX-${encoded}@source.example on 1/2/2020 10:00`,
    '            The e-mail account does not exist at the organization this message was sent to.',
    '            <ex1.source.example #5.1.1>',
  ]);
}

/** Postfix and others: the original recipient in xtext (RFC 3461), where "+" and "=" are encoded once more. */
export function relayReport(encoded: string): string {
  const xtext = `IMCEAEX-${encoded}@source.example`.replace(/[+=]/g, (c) => (c === '+' ? '+2B' : '+3D'));
  return crlf([
    'Return-Path: <>',
    'From: MAILER-DAEMON@relay.example (Mail Delivery System)',
    'Content-Type: multipart/report; report-type=delivery-status; boundary="b1"',
    'MIME-Version: 1.0',
    '',
    '--b1',
    'Content-Type: text/plain',
    '',
    'This is the mail system at host relay.example.',
    '--b1',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; relay.example',
    '',
    `Original-Recipient: rfc822;${xtext}`,
    'Action: failed',
    'Status: 5.1.1',
    '',
    '--b1--',
  ]);
}

/** No bounce: mail that somebody sent to such an address. */
export function ordinaryMail(encoded: string): string {
  return crlf([
    'From: <sender@source.example>',
    `To: <IMCEAEX-${encoded}@source.example>`,
    'Subject: private words',
    'Content-Type: text/plain',
    '',
    'private text',
  ]);
}
