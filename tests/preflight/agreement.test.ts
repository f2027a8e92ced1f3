import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ALL_ROWS } from '../../core/preflight/ports/attempts.ts';
import { tryRows } from '../../core/preflight/ports/matrix.ts';
import { probeTls } from '../../core/preflight/tls/probe.ts';
import { type Forest, startForests } from '../support/forests.ts';
import { describeWith } from '../support/parts.ts';
import { find, makeWorld, outcome, sambaConfig, type World } from './world.ts';

/** Runs a program from outside. */
function run(program: string, args: string[], input = ''): { status: number | null; text: string } {
  const ran = spawnSync(program, args, {
    input,
    encoding: 'utf8',
    timeout: 120_000,
    env: { ...process.env, LDAPTLS_REQCERT: 'never' },
  });
  return { status: ran.status, text: `${ran.stdout}${ran.stderr}` };
}

const ORDINARY = { user: 'plain1', password: 'Passw0rd!P1' };

describeWith(
  ['samba', 'ldb-tools', 'ldapsearch', 'openssl', 'nmap'],
  'preflight agrees with other tools about two real forests',
  () => {
    let forests: Record<'source' | 'target', Forest>;
    let stop: () => Promise<void>;
    let world: World;

    beforeAll(async () => {
      ({ forests, stop } = await startForests(['source', 'target']));
      world = await makeWorld(
        [
          { name: 'source', role: 'source', config: sambaConfig(forests.source) },
          { name: 'target', role: 'target', config: sambaConfig(forests.target) },
        ],
        {
          source: { any: { user: forests.source.administrator, password: forests.source.password } },
          target: { any: { user: forests.target.administrator, password: forests.target.password } },
        },
      );
      for (const forest of Object.values(forests)) addPeople(forest);
    }, 180_000);
    afterAll(async () => {
      await world?.close();
      await stop?.();
    });

    function ldap(forest: Forest, program: string, args: string[], input = ''): string {
      const { status, text } = run(
        program,
        ['-x', '-H', forest.url, '-D', forest.administrator, '-w', forest.password, ...args],
        input,
      );
      if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${text}`);
      return text;
    }

    /** An ordinary user, one who was deleted, and a group in a group. */
    function addPeople(forest: Forest): void {
      const password = Buffer.from(`"${ORDINARY.password}"`, 'utf16le').toString('base64');
      const user = (name: string): string =>
        `dn: CN=${name},CN=Users,${forest.baseDn}\nobjectClass: user\nsAMAccountName: ${name}\nuserPrincipalName: ${name}@${forest.name}.test\nuserAccountControl: 512\nunicodePwd:: ${password}\n`;
      const group = (name: string, member: string): string =>
        `dn: CN=${name},CN=Users,${forest.baseDn}\nobjectClass: group\nsAMAccountName: ${name}\nmember: CN=${member},CN=Users,${forest.baseDn}\n`;
      const entries = [
        user('plain1'),
        user('gone1'),
        group('Migration Team', 'plain1'),
        group('Recipient Management', 'Migration Team'),
        group('Organization Management', 'Administrator'),
      ];
      ldap(forest, 'ldapadd', [], entries.join('\n'));
      ldap(forest, 'ldapdelete', [`CN=gone1,CN=Users,${forest.baseDn}`]);
    }

    it('ports: with nmap, for every port of the table, TCP and UDP', async () => {
      const hosts = {
        sourceDc: [forests.source.host],
        targetDc: [forests.target.host],
        sourceDns: [forests.source.host],
        targetDns: [forests.target.host],
      };
      const rows = ALL_ROWS.filter(({ from, portTo }) => from === 'console' && portTo === undefined);
      const tries = await tryRows({ rows, hosts, configured: (_end, _host, port) => port, limitMs: 3000 });
      expect(tries.length).toBeGreaterThan(40);
      const truth = new Map<string, string>();
      for (const host of new Set(tries.map((one) => one.host))) {
        for (const protocol of ['tcp', 'udp'] as const) {
          const ports = [
            ...new Set(tries.filter((one) => one.host === host && one.protocol === protocol).map(({ port }) => port)),
          ];
          const { text } = run('nmap', [
            '-Pn',
            '-n',
            protocol === 'tcp' ? '-sT' : '-sU',
            '-p',
            ports.join(','),
            '--max-retries',
            '2',
            host,
          ]);
          for (const [, port, state] of text.matchAll(/^(\d+)\/\w+\s+(\S+)/gm))
            truth.set(`${host} ${protocol} ${port}`, state ?? '');
        }
      }
      const wrong = tries
        .map(({ host, protocol, port, result }) => ({
          key: `${host} ${protocol} ${port}`,
          ours: result.outcome,
          theirs: truth.get(`${host} ${protocol} ${port}`) ?? 'missing',
        }))
        // nmap cannot tell an open UDP port that does not answer its own question from a filtered one.
        .filter(({ ours, theirs }) => !(ours === 'open' ? theirs.startsWith('open') : theirs === ours));
      expect(wrong).toEqual([]);
      expect(new Set(tries.map(({ result }) => result.outcome))).toEqual(new Set(['open', 'closed']));
    });

    it('dynamic ports: the endpoint mapper’s answer is a port that nmap finds open', async () => {
      const rows = ALL_ROWS.filter(({ row }) => row === 81 || row === 82);
      const tries = await tryRows({
        rows,
        hosts: { sourceDc: [forests.source.host], targetDc: [forests.target.host] },
        configured: (_e, _h, port) => port,
        limitMs: 3000,
      });
      expect(tries).toHaveLength(2);
      for (const { host, result } of tries) {
        expect(result.outcome).toBe('open');
        const ports = [...result.detail.matchAll(/ on (\d+):/g)].map(([, port]) => port);
        expect(ports).toHaveLength(3);
        const { text } = run('nmap', ['-Pn', '-n', '-sT', '-p', ports.join(','), host]);
        expect([...text.matchAll(/\/tcp\s+open/g)]).toHaveLength(new Set(ports).size);
      }
    });

    it('TLS versions: with openssl s_client, on LDAPS, GC and StartTLS', async () => {
      const flags = { 'TLS 1.0': '-tls1', 'TLS 1.1': '-tls1_1', 'TLS 1.2': '-tls1_2', 'TLS 1.3': '-tls1_3' } as const;
      for (const { host } of Object.values(forests)) {
        for (const [port, preamble] of [
          [636, 'none'],
          [3269, 'none'],
          [389, 'ldap'],
        ] as const) {
          const probe = await probeTls({ host, port, preamble }, 5000);
          for (const [name, flag] of Object.entries(flags)) {
            const starttls = preamble === 'ldap' ? ['-starttls', 'ldap'] : [];
            // OpenSSL offers the old versions only at security level 0.
            const { text } = run('openssl', [
              's_client',
              '-connect',
              `${host}:${port}`,
              flag,
              '-cipher',
              'ALL:@SECLEVEL=0',
              ...starttls,
            ]);
            const theirs = /(?:Cipher is|Cipher\s*:) (?!\(NONE\)|0000)\S+/.test(text) ? 'accepted' : 'refused';
            expect(`${host}:${port} ${name} ${probe.versions[name as keyof typeof flags].outcome}`).toBe(
              `${host}:${port} ${name} ${theirs}`,
            );
          }
        }
      }
    });

    it('verdicts: the source still takes TLS 1.0, the target does not, both pass on 1.2', async () => {
      const { results } = await world.run({ groups: ['tls'] });
      for (const forest of ['source', 'target']) {
        expect(outcome(results, 'tls.version', `LDAP ${forests[forest as 'source'].host}`)).toBe('passed');
        expect(outcome(results, 'tls.certificate.trust', `LDAP ${forests[forest as 'source'].host}`)).toBe('passed');
        expect(outcome(results, 'tls.certificate.name', `LDAP ${forests[forest as 'source'].host}`)).toBe('passed');
      }
      expect(outcome(results, 'tls.old-versions', `LDAP ${forests.source.host}`)).toBe('warning');
      expect(outcome(results, 'tls.old-versions', `LDAP ${forests.target.host}`)).toBe('passed');
    });

    it('Deleted Objects: with ldapsearch, as administrator and as an ordinary user', async () => {
      for (const forest of Object.values(forests)) {
        for (const who of [
          { user: forest.administrator, password: forest.password },
          { user: `${ORDINARY.user}@${forest.name}.test`, password: ORDINARY.password },
        ]) {
          const { text } = run('ldapsearch', [
            '-LLL',
            '-x',
            '-H',
            forest.url,
            '-D',
            who.user,
            '-w',
            who.password,
            '-b',
            `CN=Deleted Objects,${forest.baseDn}`,
            '-s',
            'one',
            '-E',
            '!1.2.840.113556.1.4.417',
            '(objectClass=*)',
            '1.1',
          ]);
          const sees = /^dn: CN=gone1/m.test(text);
          expect(sees).toBe(who.user === forest.administrator);
          world.logins[forest.name] = { any: who };
          const { results } = await world.run({ checks: ['accounts.deleted-objects'] });
          const result = find(results, 'accounts.deleted-objects', forest.name);
          expect(result.finding.outcome, who.user).toBe(sees ? 'passed' : 'failed');
          if (!sees) {
            expect(JSON.stringify(result.finding)).toContain('/takeownership');
            expect(JSON.stringify(result.finding)).toContain(`${forest.name.toUpperCase()}\\\\plain1:LCRP`);
          }
        }
        world.logins[forest.name] = { any: { user: forest.administrator, password: forest.password } };
      }
    });

    it('groups: nested membership, with ldapsearch and the matching rule', async () => {
      const forest = forests.source;
      const dn = `CN=plain1,CN=Users,${forest.baseDn}`;
      const text = ldap(forest, 'ldapsearch', [
        '-LLL',
        '-b',
        forest.baseDn,
        `(&(cn=*Management)(member:1.2.840.113556.1.4.1941:=${dn}))`,
        'cn',
      ]);
      const member = [...text.matchAll(/^cn: (.+)$/gm)].map(([, name]) => name);
      expect(member).toEqual(['Recipient Management']);
      world.logins.source = {
        directory: { user: forest.administrator, password: forest.password },
        exchange: { user: `plain1@source.test`, password: ORDINARY.password },
      };
      const { results } = await world.run({ groups: ['accounts'] });
      expect(outcome(results, 'accounts.group.recipient-management', 'source')).toBe('passed');
      expect(outcome(results, 'accounts.group.organization-management', 'source')).toBe('failed');
      expect(outcome(results, 'accounts.group.public-folder-management', 'source')).toBe('notApplicable');
      expect(outcome(results, 'accounts.group.organization-management', 'target')).toBe('passed');
      // An administrator has rights that the migration does not need; the ordinary account has none.
      const least = find(results, 'accounts.least-privilege', 'source');
      expect(least.finding.outcome).toBe('warning');
      expect(JSON.stringify(least.finding)).toContain('Domain Admins');
      expect(JSON.stringify(least.finding)).not.toContain('plain1');
      world.logins.source = { any: { user: forest.administrator, password: forest.password } };
    });

    it('clock: with currentTime as ldapsearch reads it', async () => {
      const { results } = await world.run({ checks: ['host.clock'], groups: ['host'] });
      for (const forest of Object.values(forests)) {
        const text = ldap(forest, 'ldapsearch', ['-LLL', '-b', '', '-s', 'base', 'currentTime']);
        const [, y, mo, d, h, mi, s] = /currentTime: (\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/.exec(text) ?? [];
        const apart = Math.abs(
          Date.UTC(Number(y), Number(mo) - 1, Number(d), Number(h), Number(mi), Number(s)) - Date.now(),
        );
        expect(outcome(results, 'host.clock', forest.host)).toBe(apart < 30_000 ? 'passed' : 'failed');
      }
    });

    it('account policy: what the domain says of its administrator’s password', async () => {
      const text = ldap(forests.target, 'ldapsearch', [
        '-LLL',
        '-b',
        `CN=Administrator,CN=Users,${forests.target.baseDn}`,
        '-s',
        'base',
        'msDS-UserPasswordExpiryTimeComputed',
      ]);
      const fileTime = BigInt(/Computed: (\d+)/.exec(text)?.[1] ?? '0');
      const expires = new Date(Number(fileTime / 10_000n) - 11_644_473_600_000).toISOString().slice(0, 10);
      const { results } = await world.run({ groups: ['accounts'] });
      expect(JSON.stringify(find(results, 'accounts.password.directory', 'target').finding)).toContain(expires);
      expect(outcome(results, 'accounts.directory-write', 'target')).toBe('passed');
    });
  },
);
