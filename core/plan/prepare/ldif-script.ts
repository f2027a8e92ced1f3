import { attributeName, valueForm } from '../../directory/attributes.ts';
import { encodeValue } from '../../directory/values.ts';
import { difference, SEND_AS } from '../../directory/writer.ts';
import type { DirectoryChange } from '../../store/directory-changes.ts';

/** Lines are folded at this many characters, as RFC 2849 asks (note 10). */
const WIDTH = 76;

/**
 * A change as an LDIF change record (RFC 2849) for ldifde or ldapmodify. Old values are named one by one, so that the
 * server refuses a record whose object has changed since.
 */
export function ldifRecord(change: DirectoryChange): string {
  // Permissions are bytes of a whole descriptor, which nobody can give without knowing the one that is there.
  if (Object.keys(change.after).every((name) => name === SEND_AS) && change.kind === 'modify')
    return `# ${oneLine(change.dn)} ${oneLine(change.reason)}: by the PowerShell script, or prepare apply\n`;
  const lines = [
    `# ${oneLine(change.reason)}`,
    line('dn', Buffer.from(change.dn, 'utf8')),
    `changetype: ${change.kind}`,
  ];
  switch (change.kind) {
    case 'add':
      for (const [name, values] of Object.entries(change.after)) lines.push(...valueLines(name, values));
      break;
    case 'modify':
      for (const [name, after] of Object.entries(change.after)) {
        if (name === SEND_AS) continue;
        const { remove, add } = difference({ attribute: name, before: change.before[name] ?? [], after });
        if (remove.length > 0) lines.push(`delete: ${name}`, ...valueLines(name, remove), '-');
        if (add.length > 0) lines.push(`add: ${name}`, ...valueLines(name, add), '-');
      }
      break;
    case 'delete':
  }
  return `${lines.join('\n')}\n`;
}

function valueLines(name: string, values: readonly string[]): string[] {
  const form = valueForm(attributeName(name));
  return values.map((value) => line(name, encodeValue(value, form)));
}

/** `name: value`, or `name:: base64` for what may not stand as it is (RFC 2849, SAFE-STRING), folded. */
function line(name: string, bytes: Buffer): string {
  const text = bytes.toString('latin1');
  const safe = /^[!-9;=-~][ -~]*$/.test(text) && !text.endsWith(' ');
  const whole = safe ? `${name}: ${text}` : `${name}:: ${bytes.toString('base64')}`;
  const pieces = [whole.slice(0, WIDTH)];
  for (let at = WIDTH; at < whole.length; at += WIDTH - 1) pieces.push(` ${whole.slice(at, at + WIDTH - 1)}`);
  return pieces.join('\n');
}

/** Text that stays within a line of remark, in characters that every editor shows. */
export function oneLine(text: string): string {
  return text.replace(/[^ -~]+/g, '?').slice(0, 200);
}
