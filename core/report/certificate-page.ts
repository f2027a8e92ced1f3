import { formatBytes, formatCount } from '../domain/format.ts';
import type { Certificate, SignedCertificate } from './certificate.ts';
import { escapeHtml, page } from './html.ts';

/** The sentence a certificate is about. */
export function statement(certificate: Certificate): string {
  const { totals, members } = certificate;
  const what = `${formatCount(totals.source)} items (${formatBytes(totals.bytes)}) of ${formatCount(members.length)} mailboxes and public-folder trees`;
  if (certificate.grade === null) return `${what}: not all of them have been compared.`;
  if (certificate.verified)
    return `${what} were read again on both sides and compared item by item: every one of them is whole in the target.`;
  return `${what} were read again on both sides and compared item by item: ${formatCount(totals.verified)} are whole in the target, ${formatCount(certificate.exceptionsTotal)} exceptions are listed.`;
}

/** A certificate as a page that looks like a document and prints on one. */
export function certificateHtml(signed: SignedCertificate): string {
  const { certificate, signature } = signed;
  const row = (cells: (string | number)[], tag = 'td'): string =>
    `<tr>${cells
      .map((cell) =>
        typeof cell === 'number'
          ? `<${tag} class="n">${formatCount(cell)}</${tag}>`
          : `<${tag}>${escapeHtml(cell)}</${tag}>`,
      )
      .join('')}</tr>`;
  const members = certificate.members
    .map((m) =>
      row([
        m.name,
        m.target || m.source,
        m.grade ?? '-',
        m.items?.source ?? 0,
        m.items?.verified ?? 0,
        m.contentHash.slice(0, 16),
      ]),
    )
    .join('');
  const exceptions = certificate.exceptions
    .map((e) => row([e.finding, e.mailbox, e.folder, e.itemClass, e.decision, e.details.join('; ')]))
    .join('');
  const body = `<main class="certificate"><p>Transplant</p><h1>Certificate of migration</h1>
<p class="grade">${escapeHtml(certificate.grade ?? 'Not compared')}</p>
<p><strong>${escapeHtml(certificate.batch)}</strong></p><p>${escapeHtml(statement(certificate))}</p>
<h2>Members</h2><div class="scroll"><table><thead>${row(['Name', 'Target', 'Grade', 'Items', 'Verified', 'Content hash'], 'th')}</thead><tbody>${members}</tbody></table></div>
<h2>Exceptions</h2>${exceptions === '' ? '<p class="none">None.</p>' : `<div class="scroll"><table><thead>${row(['Finding', 'Mailbox', 'Folder', 'Class', 'Decision', 'Details'], 'th')}</thead><tbody>${exceptions}</tbody></table></div>`}
<h2>Issued</h2><p>${escapeHtml(certificate.issuedAt)} by ${escapeHtml(certificate.issuedBy)} on ${escapeHtml(certificate.host)}, ${escapeHtml(certificate.program)}</p>
<h2>Signature</h2><p class="mono">Ed25519 ${escapeHtml(signature.value)}</p><p class="mono">Key ${escapeHtml(signature.fingerprint)}</p>
<p class="none">The signature is over the certificate's content in certificate.json; transplant report --check certificate.json tells whether it was altered.</p></main>`;
  return page(`Certificate: ${certificate.batch}`, body);
}
