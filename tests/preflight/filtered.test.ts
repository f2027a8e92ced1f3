import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ALL_ROWS } from '../../core/preflight/ports/attempts.ts';
import { tryRows } from '../../core/preflight/ports/matrix.ts';
import { probePort } from '../../core/preflight/ports/probe.ts';
import { describeWith } from '../support/parts.ts';
import { Namespace } from './namespace.ts';
import { find, makeWorld, outcome } from './world.ts';

const hex = (text: string): string => Buffer.from(text, 'latin1').toString('hex');

describeWith(['ip-netns', 'iptables', 'nmap'], 'preflight tells filtered, closed, wrong and right apart', () => {
  let network: Namespace;
  let host: string;

  beforeAll(async () => {
    network = new Namespace(1, 2);
    host = network.host(1);
    network.filter(`-d ${network.host(2)} -j DROP`);
    for (const rule of [
      '-p tcp --dport 389 -j DROP',
      '-p tcp --dport 636 -j REJECT --reject-with icmp-admin-prohibited',
      '-p tcp --dport 3268 -j REJECT --reject-with tcp-reset',
      '-p udp --dport 53 -j DROP',
      '-p udp --dport 88 -j REJECT --reject-with icmp-admin-prohibited',
    ]) {
      network.filter(rule);
    }
    await network.listen([
      ...[389, 636, 3268].map((port) => ({ host, port, protocol: 'tcp' as const })),
      { host, port: 25, protocol: 'tcp', says: hex('220 mail.example ESMTP\r\n') },
      { host, port: 587, protocol: 'tcp', says: hex('SSH-2.0-OpenSSH_9.2\r\n') },
      { host, port: 445, protocol: 'tcp' },
      { host, port: 53, protocol: 'udp' },
      { host, port: 123, protocol: 'udp', says: `24${'00'.repeat(47)}` },
      { host, port: 137, protocol: 'udp', says: hex('something else') },
    ]);
  });
  afterAll(() => network?.close());

  it.each([
    ['tcp', 25, 'open', 'open'],
    ['tcp', 587, 'otherService', 'open'],
    ['tcp', 445, 'silent', 'open'],
    ['tcp', 389, 'filtered', 'filtered'],
    ['tcp', 636, 'filtered', 'filtered'],
    ['tcp', 3268, 'closed', 'closed'],
    ['tcp', 88, 'closed', 'closed'],
    ['udp', 123, 'open', 'open'],
    ['udp', 137, 'otherService', 'open'],
    ['udp', 53, 'noAnswer', 'open|filtered'],
    ['udp', 88, 'filtered', 'filtered'],
    ['udp', 389, 'closed', 'closed'],
  ] as const)('%s %d is %s; nmap says %s', async (protocol, port, ours, theirs) => {
    const result = await probePort({ host, port, protocol }, 1500);
    expect(result.outcome, result.detail).toBe(ours);
    const { stdout } = spawnSync('nmap', ['-Pn', '-n', protocol === 'tcp' ? '-sT' : '-sU', '-p', String(port), host], {
      encoding: 'utf8',
    });
    expect(new RegExp(`^${port}/${protocol}\\s+(\\S+)`, 'm').exec(stdout)?.[1]).toBe(theirs);
  });

  it('in the matrix the needed port is a failure with a firewall rule, the others a warning', async () => {
    const world = await makeWorld([{ name: 'a', role: 'source', config: { ldapUrl: `ldap://${host}` } }], {});
    const { results } = await world.run({ groups: ['ports'], limitMs: 1000 });
    expect(find(results, 'ports.row-34')).toMatchObject({
      blocks: true,
      finding: {
        outcome: 'failed',
        evidence: [expect.stringContaining('filtered')],
        remedy: { script: { code: expect.stringContaining('-Protocol TCP -LocalPort 389') } },
      },
    });
    expect(find(results, 'ports.row-69').finding).toMatchObject({
      outcome: 'warning',
      remedy: { text: expect.stringContaining('The network is open') },
    });
    expect(outcome(results, 'ports.row-103')).toBe('passed');
    expect(find(results, 'ports.row-51').finding).toMatchObject({
      outcome: 'warning',
      remedy: { text: expect.stringContaining('Something else') },
    });
    await world.close();
  });

  it('a host that answers nothing costs one time limit for the whole matrix', async () => {
    const limitMs = 1500;
    const started = performance.now();
    const silent = network.host(2);
    const tries = await tryRows({
      rows: ALL_ROWS.filter(({ from }) => from === 'console'),
      hosts: { sourceDc: [silent], targetDc: [silent], sourceExchange: [silent], targetExchange: [silent] },
      configured: (_end, _host, port) => port,
      limitMs,
    });
    const took = performance.now() - started;
    expect(tries.length).toBeGreaterThan(50);
    expect(new Set(tries.map(({ result }) => result.outcome))).toEqual(new Set(['filtered', 'noAnswer', 'error']));
    // Everything waits side by side; the share above one limit is this machine's own work.
    expect(took).toBeLessThan(2 * limitMs);
  });
});
