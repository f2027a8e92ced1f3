import type { Email } from 'postal-mime';
import { encapsulatedIn } from './imceaex.ts';

/** What a bounce message says; nothing else of it is kept. */
export interface Bounce {
  /** Encapsulated addresses that could not be delivered to, still encoded. */
  addresses: string[];
}

/**
 * Reads a message; undefined when it is no report of a failed delivery. Its shapes: RFC 3464 (multipart/report), and the
 * plain text and HTML that Exchange and its forerunners write.
 */
export async function readBounce(raw: Uint8Array): Promise<Bounce | undefined> {
  const { default: PostalMime } = await import('postal-mime');
  const email = await PostalMime.parse(raw, { forceRfc822Attachments: true });
  const texts = [email.text ?? '', plainOf(email.html ?? '')];
  const statuses: string[] = [];
  for (const part of email.attachments) {
    const content = textOf(part.content);
    if (part.mimeType === 'message/delivery-status') statuses.push(unfolded(content));
    // The message that came back, or its headers: who it was for.
    else if (/^(?:message\/|text\/)/.test(part.mimeType)) texts.push(unfolded(headersOf(content)));
  }
  if (!isBounce(email, texts, statuses)) return undefined;
  const failed = statuses.flatMap(failedRecipients);
  if (statuses.length > 0) {
    const addresses = encapsulatedIn(failed.join('\n'));
    // Exchange names a recipient in the report by its display name or SMTP address at times: then the text tells.
    if (addresses.length > 0 || failed.length === 0) return { addresses };
  }
  return { addresses: encapsulatedIn(texts.join('\n')) };
}

/** The headers of a message within the message; its body is nobody's business here. */
function headersOf(content: string): string {
  const end = content.search(/\r?\n\r?\n/);
  return end < 0 ? content : content.slice(0, end);
}

function textOf(content: string | ArrayBuffer | Uint8Array): string {
  return typeof content === 'string' ? content : new TextDecoder('utf-8').decode(content);
}

/** Folded lines made one (RFC 5322 2.2.3): an address stands on several at times, and has no space of its own. */
function unfolded(text: string): string {
  return text.replace(/\r?\n[ \t]+/g, '');
}

function plainOf(html: string): string {
  return html
    .replace(/<wbr\s*\/?>/gi, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&#(\d{1,6});/g, (_, code: string) => String.fromCodePoint(Number(code) % 0x110000))
    .replace(/&(lt|gt|amp|quot|nbsp);/g, ' ');
}

const POSTMASTER = /^(?:postmaster|mailer-daemon|MicrosoftExchange[0-9a-f]{32})@/i;

function isBounce(email: Email, texts: readonly string[], statuses: readonly string[]): boolean {
  if (statuses.length > 0) return true;
  const header = (name: string) => email.headers.find((h) => h.key === name)?.value ?? '';
  if (/report-type="?delivery-status/i.test(header('content-type'))) return true;
  if (header('x-ms-exchange-message-is-ndr') !== '' || header('return-path').trim() === '<>') return true;
  if (POSTMASTER.test(email.from?.address ?? '')) return true;
  return texts.some((text) => /\b(?:5\.1\.\d{1,2}\b|RESOLVER\.ADR\.)/.test(text));
}

/** Fields of the recipients of a delivery status that failed for good (RFC 3464 2.3); delayed and relayed ones are not. */
function failedRecipients(status: string): string[] {
  return status.split(/\r?\n\r?\n/).filter((group) => {
    const action = /^action:\s*(\S+)/im.exec(group)?.[1]?.toLowerCase();
    return action === 'failed' || (action === undefined && /^status:\s*5\./im.test(group));
  });
}
