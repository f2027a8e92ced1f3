import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import type { Remedy } from '../../core/domain/checks.ts';
import type { Forest } from '../support/forests.ts';
import { python } from '../support/parts.ts';

/**
 * Runs the scripts that preflight hands out, as an administrator would, on servers that are no Windows: each command is
 * carried out with the tool that does the same there. A command that nobody knows is an error: then the remedy was not
 * applied.
 */
export interface Hands {
  /** An LDAP change in LDIF, as the domain's administrator. */
  ldif(text: string): void | Promise<void>;
  /** Grants List Contents and Read Property on the Deleted Objects container. */
  grantDeletedObjects(container: string, account: string): void;
  exchange(command: string): Promise<boolean>;
  transplant(command: string): Promise<boolean>;
  server(shell: string, code: string): Promise<boolean>;
}

export async function applyRemedy({ script }: Remedy, hands: Hands): Promise<void> {
  if (!script) throw new Error('the remedy has no script');
  for (const command of script.shell === 'powershell' && script.code.includes('SCHANNEL')
    ? [script.code]
    : script.code.split(/\r?\n/)) {
    if (!(await apply(script.shell, command, hands)))
      throw new Error(`nobody here can run (${script.shell}): ${command}`);
  }
}

async function apply(shell: string, command: string, hands: Hands): Promise<boolean> {
  if (shell === 'exchange-shell') return hands.exchange(command);
  if (shell === 'transplant') return hands.transplant(command);
  if (shell === 'cmd') {
    // The owner may change the list of rights; the administrator of these tests may anyway.
    if (/^dsacls "[^"]+" \/takeownership$/.test(command)) return true;
    const [, container, account] = /^dsacls "([^"]+)" \/g "([^"]+):LCRP"$/.exec(command) ?? [];
    if (container === undefined || account === undefined) return false;
    hands.grantDeletedObjects(container, account);
    return true;
  }
  return (await directoryCommand(command, hands)) || hands.server(shell, command);
}

const literal = "'((?:[^']|'')*)'";

async function directoryCommand(command: string, hands: Hands): Promise<boolean> {
  const values = (pattern: string): string[] | undefined =>
    new RegExp(`^${pattern}$`)
      .exec(command)
      ?.slice(1)
      .map((text) => text.replaceAll("''", "'"));
  const [group, member] = values(`Add-ADGroupMember -Identity ${literal} -Members ${literal}`) ?? [];
  if (group !== undefined && member !== undefined) {
    await hands.ldif(`dn: ${group}\nchangetype: modify\nadd: member\nmember: ${member}\n`);
    return true;
  }
  const attribute = {
    'Enable-ADAccount': ['userAccountControl', '512'],
    'Unlock-ADAccount': ['lockoutTime', '0'],
    'Clear-ADAccountExpiration': ['accountExpires', '0'],
  };
  for (const [name, [key, value]] of Object.entries(attribute)) {
    const [account] = values(`${name} -Identity ${literal}`) ?? [];
    if (account === undefined) continue;
    await hands.ldif(
      `dn: CN=${account},CN=Users,DC=source,DC=test\nchangetype: modify\nreplace: ${key}\n${key}: ${value}\n`,
    );
    return true;
  }
  return false;
}

/** `ldapmodify` as the administrator of a real forest. */
export function ldapModify(forest: Forest, ldif: string): void {
  const args = ['-x', '-H', forest.url, '-D', forest.administrator, '-w', forest.password];
  const { status, stderr } = spawnSync('ldapmodify', args, {
    input: ldif,
    encoding: 'utf8',
    env: { ...process.env, LDAPTLS_REQCERT: 'never' },
  });
  // Two checks may ask for the same membership; like Add-ADGroupMember, a second one finds it done (68: it is there).
  if (status === 68 && ldif.includes('add: member')) return;
  if (status !== 0) throw new Error(`ldapmodify: ${stderr}\n${ldif}`);
}

/** What dsacls does to a container that is shown with the show-deleted control alone. */
const GRANT = `
import sys, ldb
from samba.samdb import SamDB
from samba.param import LoadParm
from samba.auth import system_session
from samba.dcerpc import security
from samba.ndr import ndr_unpack, ndr_pack
path, dn, name = sys.argv[1:4]
db = SamDB(url=path, session_info=system_session(), lp=LoadParm())
found = db.search(base=db.get_default_basedn(), expression='(sAMAccountName=%s)' % ldb.binary_encode(name), attrs=['objectSid'])
sid = ndr_unpack(security.dom_sid, found[0]['objectSid'][0])
controls = ['show_deleted:1', 'sd_flags:1:4']
entry = db.search(base=dn, scope=ldb.SCOPE_BASE, attrs=['nTSecurityDescriptor'], controls=controls)[0]
domain = security.dom_sid(db.get_domain_sid())
text = ndr_unpack(security.descriptor, entry['nTSecurityDescriptor'][0]).as_sddl(domain)
changed = security.descriptor.from_sddl(text.replace('(', '(A;;LCRP;;;%s)(' % sid, 1), domain)
message = ldb.Message(ldb.Dn(db, dn))
message['nTSecurityDescriptor'] = ldb.MessageElement(ndr_pack(changed), ldb.FLAG_MOD_REPLACE, 'nTSecurityDescriptor')
db.modify(message, controls=controls)
`;

export function grantDeletedObjects(forest: Forest, container: string, account: string): void {
  const database = join(dirname(dirname(forest.caFile)), 'sam.ldb');
  const name = account.slice(account.indexOf('\\') + 1);
  const { status, stderr } = spawnSync(python, ['-c', GRANT, database, container, name], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`dsacls: ${stderr}`);
}
