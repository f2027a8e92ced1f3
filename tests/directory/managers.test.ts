import { afterEach, expect, test } from 'vitest';
import { LdifProject, mailbox } from './ldif-project.ts';

let project: LdifProject;
afterEach(() => project.close());

const dn = (name: string, side: string) => `CN=${name},OU=People,DC=${side},DC=example`;

test('two namesakes in two teams are told apart by their managers, who are known', async () => {
  const managers = Array.from(
    { length: 12 },
    (_, i) => `Chief${String.fromCharCode(97 + i)} Boss${String.fromCharCode(97 + i)}er`,
  );
  const known = (name: string) =>
    mailbox(name, 'target', { proxyAddresses: [`smtp:${name.toLowerCase().replace(' ', '.')}@source.example`] });
  const namesake = (side: string, n: number, manager: string) =>
    mailbox('Anna Schmidt', side, {
      dn: `CN=Anna Schmidt ${n},OU=People,DC=${side},DC=example`,
      mail: `as${side}${n}@${side}.example`,
      proxyAddresses: [`SMTP:as${side}${n}@${side}.example`],
      mailNickname: `${side}${n}`,
      sAMAccountName: `${side}${n}`,
      objectGUID: [],
      manager: dn(manager, side),
    });
  const [first = '', second = ''] = managers;
  project = await LdifProject.open(
    [...managers.map((m) => mailbox(m, 'source')), namesake('source', 1, first), namesake('source', 2, second)],
    // The other way round, so that order alone gives the wrong answer.
    [...managers.map(known), namesake('target', 1, second), namesake('target', 2, first)],
  );
  await project.api.match.run({});
  const { lines } = await project.api.match.list({ search: 'Anna Schmidt', limit: 10 });
  expect(lines).toHaveLength(2);
  for (const line of lines) {
    const wanted = `CN=Anna Schmidt ${line.sourceDn.includes('Schmidt 1') ? 2 : 1},OU=People,DC=target,DC=example`;
    expect(line.candidates[0]?.targetDn ?? line.targetDn, line.sourceDn).toBe(wanted);
    const evidence = line.candidates[0]?.evidence ?? line.evidence;
    expect(evidence).toContainEqual(expect.objectContaining({ key: 'manager', verdict: 'equal' }));
    const other = line.candidates[1];
    expect(other?.evidence).toContainEqual(expect.objectContaining({ key: 'manager', verdict: 'differs' }));
  }
});
