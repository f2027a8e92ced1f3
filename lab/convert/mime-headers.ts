import type { Email } from 'postal-mime';

/** The first header of that name, as it stands. */
export function headerOf(email: Email, name: string): string | undefined {
  return email.headers.find((header) => header.key === name)?.value;
}

/** A parameter of a structured header: `charset`, `boundary`, `report-type`. */
export function headerParameter(value: string, name: string): string | undefined {
  const match = new RegExp(`;\\s*${name}\\s*=\\s*(?:"([^"]*)"|([^;\\s]+))`, 'i').exec(value);
  return match?.[1] ?? match?.[2];
}

/** Divides raw bytes at the first empty line. Text is UTF-8, or Latin-1 where it is not that. */
export function splitHeaders(raw: Uint8Array): { headerText: string; body: Uint8Array } {
  const view = Buffer.from(raw.buffer, raw.byteOffset, raw.length);
  let end = view.length;
  let body = view.length;
  for (let at = 0; at < view.length; at++) {
    if (view[at] !== 0x0a) continue;
    const crlf = view[at + 1] === 0x0d && view[at + 2] === 0x0a;
    if (view[at + 1] !== 0x0a && !crlf) continue;
    end = at;
    body = at + (crlf ? 3 : 2);
    break;
  }
  return { headerText: decode(view.subarray(0, end)), body: raw.subarray(body) };
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

/** Header fields of a text in their order, unfolded. */
export function headerFields(headerText: string): { name: string; value: string }[] {
  const fields: { name: string; value: string }[] = [];
  for (const line of headerText.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.push({ name: line.slice(0, colon).trim(), value: line.slice(colon + 1).trim() });
  }
  return fields;
}
