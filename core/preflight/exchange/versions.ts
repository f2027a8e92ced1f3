import type { Finding } from '../../domain/checks.ts';
import { failed, notTried, passed, warning } from '../check.ts';
import { compareVersions } from '../sql/versions.ts';

/** A release of Exchange: the update the document is certified for, and when Microsoft's support ended. */
export interface ExchangeRelease {
  name: string;
  /** Builds from here on, up to the next release. */
  from: string;
  certified: { build: string; name: string };
  /** ISO date (Microsoft, lifecycle of Exchange Server); none for the Subscription Edition. */
  supportEnds?: string;
}

/** Builds: Microsoft, "Exchange Server build numbers and release dates". Later updates are supported by the document too. */
export const EXCHANGE_RELEASES: readonly ExchangeRelease[] = [
  {
    name: 'Exchange Server 2010',
    from: '14.0',
    certified: { build: '14.3.411.0', name: 'SP3 Update Rollup 22' },
    supportEnds: '2020-10-13',
  },
  {
    name: 'Exchange Server 2013',
    from: '15.0',
    certified: { build: '15.0.1395.4', name: 'CU21' },
    supportEnds: '2023-04-11',
  },
  {
    name: 'Exchange Server 2016',
    from: '15.1',
    certified: { build: '15.1.1531.3', name: 'CU10' },
    supportEnds: '2025-10-14',
  },
  {
    name: 'Exchange Server 2019',
    from: '15.2',
    certified: { build: '15.2.330.5', name: 'CU1' },
    supportEnds: '2025-10-14',
  },
  {
    name: 'Exchange Server Subscription Edition',
    from: '15.2.2562',
    certified: { build: '15.2.2562.17', name: 'RTM' },
  },
];

/** Exchange Online counts 15.20 and 15.21. */
export function isExchangeOnline(version: string): boolean {
  return compareVersions(version, '15.20') >= 0 && compareVersions(version, '16') < 0;
}

export function releaseOf(version: string): ExchangeRelease | undefined {
  return EXCHANGE_RELEASES.findLast(({ from }) => compareVersions(version, from) >= 0);
}

/**
 * `Version 15.1 (Build 32507.39)` as the servers' objects carry it, as 15.1.2507.39: builds are written 30000 higher
 * there. Undefined when it is not of this form.
 */
export function versionOfSerial(serial: string): string | undefined {
  const [, version, build, revision] = /^Version (\d+\.\d+) \(Build (\d+)\.(\d+)\)/.exec(serial) ?? [];
  if (version === undefined || build === undefined) return undefined;
  return `${version}.${Number(build) >= 30_000 ? Number(build) - 30_000 : Number(build)}.${revision}`;
}

/** Extended Protection is on by default from 2019 CU14; public folders of 2013 need CU5. */
const EXTENDED_PROTECTION = '15.2.1544';
const PUBLIC_FOLDERS_2013 = '15.0.913';

/** @param servers name and version of each server @param now ms since the epoch */
export function judgeVersions(servers: readonly { name: string; version: string }[], now: number): Finding {
  if (servers.length === 0) return notTried('no server was found, and none told its version');
  const evidence: string[] = [];
  const old: string[] = [];
  const unsupported: string[] = [];
  for (const { name, version } of servers) {
    const release = isExchangeOnline(version) ? undefined : releaseOf(version);
    const notes: string[] = [];
    if (isExchangeOnline(version)) notes.push('Exchange Online');
    else if (!release) notes.push('older than Exchange 2010');
    else {
      notes.push(release.name);
      if (compareVersions(version, release.certified.build) < 0)
        old.push(`${name}: install ${release.name} ${release.certified.name} (${release.certified.build}) or later`);
      if (release.supportEnds && Date.parse(release.supportEnds) < now) unsupported.push(release.name);
      if (compareVersions(version, EXTENDED_PROTECTION) >= 0) notes.push('Extended Protection is on by default');
      if (release.from === '15.0' && compareVersions(version, PUBLIC_FOLDERS_2013) < 0)
        notes.push('public folders need CU5');
    }
    if (!release && !isExchangeOnline(version)) old.push(`${name}: Exchange Server 2010 SP3 or later is needed`);
    evidence.push(`${name}: ${version} (${notes.join(', ')})`);
  }
  if (old.length > 0) return failed(evidence, { text: `${old.join('; ')}.` });
  if (unsupported.length > 0) {
    return warning(evidence, {
      text: `Microsoft no longer supports ${[...new Set(unsupported)].join(' and ')}: the move works, but no security update comes any more. Do not keep it longer than the migration takes.`,
    });
  }
  return passed(...evidence);
}

/** When Exchange Web Services end in Exchange Online, UTC. */
export const EWS_ENDS = Date.parse('2027-04-01T00:00:00Z');
/** Since when they are off there unless an application is on the allow list. */
export const EWS_OFF_BY_DEFAULT = Date.parse('2026-10-01T00:00:00Z');

/** Hosts under which Microsoft runs Exchange Online, its national clouds included. */
export function isExchangeOnlineHost(host: string): boolean {
  return /(?:^|\.)(?:outlook\.office365\.com|outlook\.office\.com|outlook\.office365\.us|outlook-dod\.office365\.us|webmail\.apps\.mil|partner\.outlook\.cn|outlook\.office\.de)$/i.test(
    host,
  );
}

export function judgeOnline(host: string, now: number): Finding {
  const days = Math.ceil((EWS_ENDS - now) / 86_400_000);
  const allow = {
    text: 'Put the application on the tenant’s EWS allow list, and finish the move before EWS ends; mailboxes can go on by Microsoft Graph, public folders cannot.',
    script: {
      shell: 'exchange-shell' as const,
      where: 'Exchange Online PowerShell, as Exchange administrator',
      code: 'Get-OrganizationConfig | Format-List EwsEnabled, EwsApplicationAccessPolicy, EwsAllowList\nSet-OrganizationConfig -EwsEnabled $true -EwsApplicationAccessPolicy EnforceAllowList -EwsAllowList @{Add="Transplant*"}',
    },
  };
  if (days <= 0) return failed(`EWS ended in Exchange Online on 2027-04-01; ${host} answers it no more`, allow);
  const evidence = [`${days} days until EWS ends in Exchange Online (2027-04-01)`];
  if (now >= EWS_OFF_BY_DEFAULT)
    evidence.push('since October 2026 EWS is off there unless the application is on the allow list');
  return warning(evidence, allow);
}
