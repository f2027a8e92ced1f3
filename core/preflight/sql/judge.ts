import type { Finding } from '../../domain/checks.ts';
import { failed, notTried, passed, warning } from '../check.ts';
import { compareVersions, SQL_RELEASES } from './versions.ts';

/** @param now ms since the epoch */
export function judgeVersion(
  row: { version: string | null; edition: string | null; engine: number | null },
  now: number,
): Finding {
  const { version, edition } = row;
  if (version === null) return notTried('the server does not tell its version');
  // Azure SQL Database and Managed Instance keep a constant number and are always current (EngineEdition 5 and 8).
  if (row.engine === 5 || row.engine === 8) return passed(`${edition ?? 'Azure SQL'}, kept current by Microsoft`);
  const release = SQL_RELEASES.find(({ major }) => major === Number(version.split('.')[0]));
  const evidence = `${release?.name ?? 'SQL Server'} ${version}, ${edition ?? 'edition unknown'}`;
  if (!release) {
    const newest = SQL_RELEASES.at(-1);
    if (newest && Number(version.split('.')[0]) > newest.major) return passed(`${evidence}: newer than what was tried`);
    return failed(evidence, { text: 'Use SQL Server 2016 SP2 or later.' });
  }
  if (release.least && compareVersions(version, release.least.build) < 0) {
    return failed(evidence, {
      text: `Install ${release.name} ${release.least.name} or later (build ${release.least.build}).`,
    });
  }
  if (release.express && !/Express/i.test(edition ?? '')) {
    return failed(evidence, { text: `The document allows ${release.name} only as Express; use a later version.` });
  }
  if (Date.parse(release.supportEnds) < now) {
    return warning(`${evidence}; Microsoft's support ended on ${release.supportEnds}`, {
      text: 'Use a version that still gets security updates.',
    });
  }
  return passed(evidence, `supported by Microsoft until ${release.supportEnds}`);
}

type Rights = Record<
  'sysadmin' | 'dbcreator' | 'db_owner' | 'db_datareader' | 'db_datawriter' | 'db_ddladmin',
  boolean | null
>;
const NEEDED = ['db_datareader', 'db_datawriter', 'db_ddladmin'] as const;
const MORE = ['sysadmin', 'dbcreator', 'db_owner'] as const;

/** Rights as the document lists them; what is held beyond them is said too. */
export function judgeRights(rights: Rights | undefined): Finding {
  if (!rights) return notTried('the server does not tell the rights of this login');
  const all = rights.sysadmin === true || rights.db_owner === true;
  const missing = all ? [] : NEEDED.filter((role) => rights[role] !== true);
  const more = MORE.filter((role) => rights[role] === true);
  const held = [...NEEDED.filter((role) => rights[role] === true), ...more];
  const evidence = [`held: ${held.join(', ') || 'none'}`];
  if (missing.length > 0) {
    return failed([...evidence, `missing: ${missing.join(', ')}`], {
      text: `Put the login into ${missing.join(', ')}.`,
      script: {
        shell: 'sql',
        where: 'the database, as its owner',
        code: missing.map((role) => `ALTER ROLE ${role} ADD MEMBER [LOGIN];`).join('\n'),
      },
    });
  }
  if (more.length > 0) {
    return warning([...evidence, `not needed: ${more.join(', ')}`], {
      text: `Once the database is created, take ${more.join(', ')} off and leave ${NEEDED.join(', ')}.`,
      script: {
        shell: 'sql',
        where: 'the server, as sysadmin',
        code: [
          ...NEEDED.map((role) => `ALTER ROLE ${role} ADD MEMBER [LOGIN];`),
          ...more.map((role) =>
            role === 'db_owner'
              ? 'ALTER ROLE db_owner DROP MEMBER [LOGIN];'
              : `ALTER SERVER ROLE ${role} DROP MEMBER [LOGIN];`,
          ),
        ].join('\n'),
      },
    });
  }
  return passed(...evidence);
}
