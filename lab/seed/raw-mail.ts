import type { Person } from './people.ts';

/** Mail that has to come in as MIME, because a part of it is only whole as bytes. */

const crlf = (lines: readonly string[]): Uint8Array => new TextEncoder().encode(lines.join('\r\n'));
const date = (ms: number): string => new Date(ms).toUTCString().replace('GMT', '+0000');

/** A clear-signed message (RFC 8551); the signature is only the form of one. */
export function signedMail(from: Person, to: Person, sent: number, serial: number): Uint8Array {
  const boundary = `----=_sig_${serial}`;
  return crlf([
    `From: "${from.alias}" <${from.address}>`,
    `To: <${to.address}>`,
    'Subject: =?utf-8?q?Signed=3A_Vertragsverl=C3=A4ngerung?=',
    `Date: ${date(sent)}`,
    `Message-ID: <signed-${serial}@source.test>`,
    'MIME-Version: 1.0',
    `Content-Type: multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary="${boundary}"`,
    '',
    'This is a cryptographically signed message in MIME format.',
    '',
    `--${boundary}`,
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    'Der Vertrag verl=C3=A4ngert sich um ein Jahr. ',
    '  Two spaces before, one after the line above: a signature sees them.',
    '',
    `--${boundary}`,
    'Content-Type: application/pkcs7-signature; name="smime.p7s"',
    'Content-Transfer-Encoding: base64',
    'Content-Disposition: attachment; filename="smime.p7s"',
    '',
    'MIAGCSqGSIb3DQEHAqCAMIACAQExDzANBglghkgBZQMEAgEFADCABgkqhkiG9w0BBwEAAAAA',
    '',
    `--${boundary}--`,
    '',
  ]);
}

/** A non-delivery report (RFC 3464) about a message of the owner's. */
export function deliveryReport(to: Person, sent: number, serial: number): Uint8Array {
  const boundary = `=_ndr_${serial}`;
  return crlf([
    'From: "Microsoft Outlook" <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@source.test>',
    `To: <${to.address}>`,
    'Subject: Undeliverable: Offer 4711',
    `Date: ${date(sent)}`,
    `Message-ID: <ndr-${serial}@source.test>`,
    'MIME-Version: 1.0',
    `Content-Type: multipart/report; report-type=delivery-status; boundary="${boundary}"`,
    '',
    `--${boundary}`,
    'Content-Type: text/plain; charset=us-ascii',
    '',
    'Delivery has failed to these recipients: nobody@example.org',
    '',
    `--${boundary}`,
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns;source-ex01.source.test',
    `Arrival-Date: ${date(sent - 2000)}`,
    '',
    'Final-Recipient: rfc822;nobody@example.org',
    'Action: failed',
    'Status: 5.1.1',
    'Diagnostic-Code: smtp;550 5.1.1 RESOLVER.ADR.RecipNotFound; not found',
    '',
    `--${boundary}`,
    'Content-Type: message/rfc822',
    '',
    `From: <${to.address}>`,
    'To: <nobody@example.org>',
    'Subject: Offer 4711',
    `Date: ${date(sent - 5000)}`,
    `Message-ID: <offer-${serial}@source.test>`,
    '',
    'Please find our offer below.',
    `--${boundary}--`,
    '',
  ]);
}

/** A read receipt (RFC 8098). */
export function readReceipt(from: Person, to: Person, sent: number, serial: number): Uint8Array {
  const boundary = `=_mdn_${serial}`;
  return crlf([
    `From: <${from.address}>`,
    `To: <${to.address}>`,
    'Subject: Read: Quarterly figures',
    `Date: ${date(sent)}`,
    `Message-ID: <mdn-${serial}@source.test>`,
    'MIME-Version: 1.0',
    `Content-Type: multipart/report; report-type=disposition-notification; boundary="${boundary}"`,
    '',
    `--${boundary}`,
    'Content-Type: text/plain; charset=utf-8',
    '',
    'Your message was read.',
    '',
    `--${boundary}`,
    'Content-Type: message/disposition-notification',
    '',
    `Final-Recipient: rfc822;${from.address}`,
    `Original-Message-ID: <figures-${serial}@source.test>`,
    'Disposition: manual-action/MDN-sent-manually; displayed',
    '',
    `--${boundary}--`,
    '',
  ]);
}
