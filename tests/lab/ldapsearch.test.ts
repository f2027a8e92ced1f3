import { spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BASE, PASSWORD, startTestDirectory, type TestDirectory } from '../../lab/ldap/testing/server.ts';
import { describeWith } from '../support/parts.ts';

/** OpenLDAP's tools, which nobody here wrote, against the lab's directory. */
describeWith('ldapsearch', "OpenLDAP's tools against the lab's directory", () => {
  let lab: TestDirectory;
  beforeAll(async () => {
    lab = await startTestDirectory();
  });
  afterAll(() => lab.close());

  function tool(
    program: string,
    args: string[],
    input = '',
  ): Promise<{ code: number | null; out: string; err: string }> {
    const bind = args.includes('-x') ? [] : ['-x', '-D', 'SOURCE\\administrator', '-w', PASSWORD];
    const child = spawn(program, ['-H', lab.url, ...bind, ...args], {
      env: { ...process.env, LDAPTLS_CACERT: lab.caFile, LDAPTLS_REQCERT: 'demand', LDAPCONF: '/dev/null' },
    });
    return new Promise((resolve, reject) => {
      const said = { out: '', err: '' };
      child.stdout.on('data', (chunk: Buffer) => {
        said.out += chunk.toString();
      });
      child.stderr.on('data', (chunk: Buffer) => {
        said.err += chunk.toString();
      });
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, ...said }));
      child.stdin.end(input);
    });
  }
  const search = (...args: string[]) => tool('ldapsearch', ['-LLL', '-o', 'ldif-wrap=no', ...args]);

  test('the certificate is accepted by its CA, and the root DSE is read without a bind', async () => {
    const { code, out } = await search('-x', '-s', 'base', '-b', '', 'defaultNamingContext', 'supportedControl');
    expect(code).toBe(0);
    expect(out).toContain(`defaultNamingContext: ${BASE}`);
    expect(out).toContain('supportedControl: 1.2.840.113556.1.4.319');
  });

  test('pages, sorts and follows nothing by itself', async () => {
    const { code, out } = await search(
      '-b',
      BASE,
      '-E',
      'pr=2/noprompt',
      '-E',
      'sss=-cn',
      '(objectCategory=person)',
      'cn',
    );
    expect(code).toBe(0);
    const names = [...out.matchAll(/^cn:+ (.*)$/gm)].map((match) => match[1]);
    expect(names).toHaveLength(new Set(names).size);
    expect(names.indexOf('Bert Cohn')).toBeLessThan(names.indexOf('Anna Berg'));
    expect(out).toContain(`# refldap://source.test/CN=Configuration,${BASE}`);
  });

  test('reads ranges, binary values and matching rules', async () => {
    const { out } = await search(
      '-b',
      BASE,
      '(memberOf:1.2.840.113556.1.4.1941:=CN=Outer,OU=People,DC=source,DC=test)',
      '1.1',
    );
    expect(out.match(/^dn:/gm)).toHaveLength(3);
    const ranged = await search('-b', BASE, '(cn=Outer)', 'member;range=1-*', 'objectGUID');
    expect(ranged.out).toMatch(/^member;range=1-\*: CN=Anna Berg/m);
    expect(ranged.out).toMatch(/^objectGUID:: [A-Za-z0-9+/]{22}==$/m);
  });

  test('modifies, renames and deletes by LDIF, and shows the tombstone', async () => {
    const dn = `CN=By Tool,OU=People,${BASE}`;
    const ldif = [
      `dn: ${dn}\nchangetype: add\nobjectClass: user\nsAMAccountName: bytool\ntitle: One`,
      `dn: ${dn}\nchangetype: modify\nreplace: title\ntitle: Zwölf\n-\nadd: proxyAddresses\nproxyAddresses: SMTP:bytool@source.test\n-`,
      `dn: ${dn}\nchangetype: modrdn\nnewrdn: CN=By Hand\ndeleteoldrdn: 1`,
    ].join('\n\n');
    expect(await tool('ldapmodify', [], `${ldif}\n`)).toMatchObject({ code: 0 });
    const renamed = `CN=By Hand,OU=People,${BASE}`;
    const compared = await tool('ldapcompare', [renamed, 'title:ZWÖLF']);
    expect(compared.code).toBe(6);
    expect((await tool('ldapwhoami', [])).out).toContain('u:SOURCE\\Administrator');
    const wrong = await tool('ldapmodify', [], `dn: ${renamed}\nchangetype: modify\ndelete: title\ntitle: No\n-\n`);
    expect(wrong.code).toBe(16);
    expect((await tool('ldapdelete', [renamed])).code).toBe(0);
    const gone = await search(
      '-b',
      BASE,
      '-E',
      '!1.2.840.113556.1.4.417',
      '(sAMAccountName=bytool)',
      'lastKnownParent',
    );
    expect(gone.out).toContain(`lastKnownParent: OU=People,${BASE}`);
  });

  test('a wrong password is 49', async () => {
    const { code, err } = await tool('ldapwhoami', ['-x', '-D', 'anna@source.test', '-w', 'wrong']);
    expect(code).toBe(49);
    expect(err).toContain('data 52e');
  });
});
