import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Finding } from '../../domain/checks.ts';
import { formatBytes, formatCount, formatDuration } from '../../domain/format.ts';
import { type Check, failed, notApplicable, notTried, passed, REQUIREMENTS, shared, warning } from '../check.ts';
import type { PreflightEnvironment, PreflightForest } from '../environment.ts';
import { restsOn } from '../explain.ts';
import { type ClockOffset, ldapOffset, ntpOffset } from '../host/clock.ts';
import type { HostFacts } from '../host/model.ts';
import { lookUp } from '../ports/hosts.ts';

const GB = 1024 ** 3;
const MB = 1024 ** 2;
/** Above so many mailboxes the document asks for more memory; and so many public folders count as a large tree. */
const MANY_MAILBOXES = 15_000;
const MANY_FOLDERS = 10_000;
/** Room for items that are too large for memory on their way: Exchange Online's limit of 150 MB, several at a time. */
const TEMP_BYTES = 2 * GB;
/** Kerberos refuses clocks that are further apart (RFC 4120 8.2, Windows' default policy). */
const MAX_SKEW_MS = 300_000;
const WARN_SKEW_MS = 30_000;

/** What the document asks of a console and of a worker. */
const NEEDS = {
  console: { cores: 4, mhz: 1800, memory: 8 * GB, disk: 4 * GB + 100 * MB, source: REQUIREMENTS.hardware },
  worker: { cores: 4, mhz: 1800, memory: 6 * GB, disk: 4 * GB, source: REQUIREMENTS.workers },
} as const;

/** The machine that the checks run on. */
export function hostChecks(environment: PreflightEnvironment): Check[] {
  const facts = shared(() => environment.readHost());
  const needs = NEEDS[environment.machineKind];
  const make = (
    id: string,
    title: string,
    requirement: string,
    judge: (facts: HostFacts) => Finding | Promise<Finding>,
    more: { source?: string; blocks?: boolean } = {},
  ): Check => ({
    id: `host.${id}`,
    group: 'host',
    title,
    object: environment.machine,
    requirement: { text: requirement, source: more.source ?? needs.source },
    how: 'Linux: /proc, os-release and statfs; Windows: WMI and registry through PowerShell.',
    blocks: more.blocks ?? false,
    run: async () => judge(await facts()),
  });
  return [
    make('cores', 'Enough processor cores', `${needs.cores} cores of ${needs.mhz / 1000} GHz`, (f) =>
      judgeCores(f, needs),
    ),
    make('memory', 'Enough memory', memoryText(needs.memory, environment), (f) =>
      judgeMemory(f, needs.memory, environment),
    ),
    make(
      'disk',
      'Enough disk for program and database',
      `${formatBytes(needs.disk)} free`,
      (f) => judgeDisk(f, needs.disk),
      { blocks: true },
    ),
    make('temp', 'Enough temporary space for large items', `${formatBytes(TEMP_BYTES)} free`, judgeTemp, {
      source: REQUIREMENTS.ours,
    }),
    make(
      'os',
      'A supported operating system, 64 bit',
      'Windows Server 2012 R2 or later, or a current Linux; 64 bit',
      judgeOs,
      { source: `${REQUIREMENTS.general}; ${REQUIREMENTS.workers}` },
    ),
    make('reboot', 'No restart is pending', 'Updates are installed and finished', judgeReboot, {
      source: REQUIREMENTS.workers,
    }),
    make('display', 'The display is large enough', '1280 x 768 or higher', (f) => judgeDisplay(f, environment), {
      source: REQUIREMENTS.hardware,
    }),
    make('proxy', 'Proxy settings are known', 'Connections to Exchange go where they are meant to go', judgeProxy, {
      source: REQUIREMENTS.general,
    }),
    make(
      'powershell',
      'PowerShell is there where a step needs it',
      'PowerShell 2.0 or later on Windows',
      judgePowerShell,
      { source: REQUIREMENTS.general },
    ),
    make(
      'administrator',
      'Local administrator where a step needs it',
      'Local administrator to install the service',
      judgeAdministrator,
      { source: REQUIREMENTS.permissions },
    ),
    make(
      'exchange-server',
      'Not on an Exchange server',
      'Should not be installed on an Exchange server',
      (f) => judgeExchange(f, environment),
      { source: REQUIREMENTS.hardware },
    ),
    make(
      'other-software',
      'Software that the document asks for',
      'IIS, .NET 4.8, Internet Explorer or Firefox, Outlook, UAC and IE ESC off',
      () =>
        notApplicable(
          'the document asks for these for its own product; this program needs none of them, and UAC should stay on',
        ),
    ),
    ...environment.forests
      .filter(({ forest }) => forest.config.ldapUrl)
      .map((forest) => clockCheck(forest, environment)),
  ];
}

const unknown = (what: string): Finding => notTried(`this system does not tell ${what}`);

function judgeCores({ cores, clockMhz, processor }: HostFacts, needs: { cores: number; mhz: number }): Finding {
  if (cores === undefined) return unknown('how many cores it has');
  const evidence = `${cores} cores${clockMhz === undefined ? '' : ` of ${(clockMhz / 1000).toFixed(1)} GHz`}${processor ? ` (${processor})` : ''}`;
  if (cores < needs.cores)
    return warning(evidence, {
      text: `Give the machine ${needs.cores} cores, or run fewer tasks at once (worker run --concurrency).`,
    });
  if (clockMhz !== undefined && clockMhz < needs.mhz)
    return warning(evidence, { text: `The document asks for ${needs.mhz / 1000} GHz; expect lower rates.` });
  return passed(evidence);
}

async function wantedMemory(base: number, environment: PreflightEnvironment): Promise<{ bytes: number; why: string }> {
  if (environment.machineKind === 'worker') return { bytes: base, why: 'worker' };
  const counts = await environment.store.db
    .selectFrom('recipient')
    .select(['kind', (eb) => eb.fn.countAll<number>().as('n')])
    .where('deleted', '=', 0)
    .groupBy('kind')
    .execute();
  const sum = (test: (kind: string) => boolean): number =>
    counts.filter(({ kind }) => test(kind)).reduce((total, { n }) => total + Number(n), 0);
  const mailboxes = sum((kind) => kind.endsWith('ailbox'));
  const folders = sum((kind) => kind === 'publicFolder');
  if (mailboxes > MANY_MAILBOXES) return { bytes: 2 * base, why: `${formatCount(mailboxes)} mailboxes` };
  if (folders > MANY_FOLDERS) return { bytes: 2 * base, why: `${formatCount(folders)} mail-enabled public folders` };
  return { bytes: base, why: `${formatCount(mailboxes)} mailboxes` };
}

function memoryText(base: number, { machineKind }: PreflightEnvironment): string {
  return machineKind === 'worker'
    ? formatBytes(base)
    : `${formatBytes(base)}; ${formatBytes(2 * base)} above ${formatCount(MANY_MAILBOXES)} mailboxes or with a large public-folder tree`;
}

async function judgeMemory(facts: HostFacts, base: number, environment: PreflightEnvironment): Promise<Finding> {
  if (facts.memoryTotal === undefined) return unknown('how much memory it has');
  const { bytes, why } = await wantedMemory(base, environment);
  const free = facts.memoryFree === undefined ? '' : `, ${formatBytes(facts.memoryFree)} of it free`;
  const evidence = [`${formatBytes(facts.memoryTotal)}${free}`, `needed for ${why}: ${formatBytes(bytes)}`];
  // Firmware and graphics keep some: a machine that was given 8 GB shows a little less.
  if (facts.memoryTotal >= bytes * 0.94) return passed(...evidence);
  return failed(evidence, { text: `Give the machine ${formatBytes(bytes)} of memory.` });
}

function judgeDisk(facts: HostFacts, wanted: number): Finding {
  const places = [
    { what: 'the program’s data', free: facts.dataFree },
    { what: 'the database', free: facts.databaseFree },
  ].flatMap(({ what, free }) => (free === undefined ? [] : [{ what, free }]));
  if (places.length === 0) return unknown('how much disk is free');
  const evidence = places.map(({ what, free }) => `${formatBytes(free)} free for ${what}`);
  if (places.every(({ free }) => free >= wanted)) return passed(...evidence);
  return failed(evidence, {
    text: `Free ${formatBytes(wanted)}, or move the data folder (TRANSPLANT_HOME) or the database (--db) to a larger disk.`,
  });
}

function judgeTemp({ tempFree }: HostFacts): Finding {
  if (tempFree === undefined) return unknown('how much temporary space is free');
  const evidence = `${formatBytes(tempFree)} free for temporary files`;
  if (tempFree >= TEMP_BYTES) return passed(evidence);
  return warning(evidence, { text: `Free ${formatBytes(TEMP_BYTES)}, or point TEMP (TMPDIR) to a larger disk.` });
}

/** Builds of Windows: 9600 is 8.1 and Server 2012 R2; 9200 is Server 2012, which the document allows for workers. */
const SERVER_2012 = 9200;
const SERVER_2012_R2 = 9600;

function judgeOs(facts: HostFacts): Finding {
  const evidence = [
    `${facts.osName} ${facts.osVersion}`.trim(),
    facts.is64Bit === undefined ? '' : facts.is64Bit ? '64 bit' : '32 bit',
  ].filter((text) => text !== '');
  if (facts.is64Bit === false) return failed(evidence, { text: 'Use a machine with a 64-bit operating system.' });
  if (facts.platform === 'linux') return passed(...evidence);
  if (facts.platform === 'other' || facts.build === undefined)
    return warning(evidence, { text: 'This system was not tried; use Windows Server or Linux for the real move.' });
  if (facts.build < SERVER_2012) return failed(evidence, { text: 'Use Windows Server 2012 R2 or later.' });
  if (facts.build < SERVER_2012_R2)
    return warning(evidence, {
      text: 'Windows Server 2012 gets no updates any more (since 2023-10-10); use a later one.',
    });
  if (facts.server === false)
    return warning(evidence, {
      text: 'This is a client edition: it may sleep or restart for updates by itself. Use a server for the real move.',
    });
  return passed(...evidence);
}

function judgeReboot({ pendingReboot }: HostFacts): Finding {
  if (pendingReboot === undefined) return unknown('whether a restart is pending');
  if (pendingReboot.length === 0) return passed('no restart is pending');
  return warning(`pending: ${pendingReboot.join(', ')}`, {
    text: 'Restart the machine now, so that it does not do so by itself in the middle of the move.',
  });
}

function judgeDisplay({ display, platform }: HostFacts, { machineKind }: PreflightEnvironment): Finding {
  if (machineKind === 'worker') return notApplicable('a worker needs no display');
  if (display === undefined)
    return platform === 'windows'
      ? unknown('its screen')
      : notApplicable('no screen is attached; the console may be used in a browser elsewhere');
  const evidence = `${display.width} x ${display.height}`;
  if (display.width >= 1280 && display.height >= 768) return passed(evidence);
  return warning(evidence, { text: 'Set the remote desktop session to 1280 x 768 or more.' });
}

function judgeProxy({ proxies }: HostFacts): Finding {
  const found = Object.entries(proxies).map(([where, value]) => `${where}: ${value}`);
  if (found.length === 0) return passed('no proxy is set');
  return warning(found, {
    text: 'Make sure that the Exchange servers of both sides are reached without the proxy (NO_PROXY, bypass list), or that it lets long requests through.',
  });
}

function judgePowerShell({ platform, powershell }: HostFacts): Finding {
  if (platform !== 'windows') return notApplicable('only steps on Windows use PowerShell');
  if (powershell === undefined)
    return failed('PowerShell did not answer', { text: 'Install the Windows Management Framework.' });
  return passed(`PowerShell ${powershell}`);
}

function judgeAdministrator({ administrator, platform }: HostFacts): Finding {
  if (administrator === undefined) return unknown('whether this account is an administrator');
  const text = administrator ? 'this account is a local administrator' : 'this account is no local administrator';
  if (administrator) return passed(text);
  return warning(text, {
    text:
      platform === 'windows'
        ? 'Only installing the service needs it; copying does not.'
        : 'Only installing the service needs root; copying does not.',
  });
}

async function judgeExchange({ exchangeServer }: HostFacts, environment: PreflightEnvironment): Promise<Finding> {
  const remedy = { text: 'Install Transplant on a machine of its own.' };
  if (exchangeServer) return failed('the services of Exchange are installed on this machine', remedy);
  const own = new Set(
    Object.values(networkInterfaces()).flatMap((list) =>
      (list ?? []).filter((one) => !one.internal).map(({ address }) => address),
    ),
  );
  const hosts = environment.forests.flatMap((forest) => forest.endpoint('EWS')?.host ?? []);
  const addresses = await lookUp(hosts, environment.limitMs);
  const here = hosts.filter((host) => {
    const found = addresses.get(host);
    return found && 'address' in found && isIP(found.address) !== 0 && own.has(found.address);
  });
  if (here.length > 0) return warning(`${here.join(', ')} is an address of this machine`, remedy);
  return passed('no service of Exchange is installed here');
}

function clockCheck(forest: PreflightForest, environment: PreflightEnvironment): Check {
  const host = forest.endpoint('LDAP')?.host ?? '';
  return {
    id: 'host.clock',
    group: 'host',
    title: 'The clock agrees with the domain controller',
    object: `${environment.machine} and ${host} (${forest.forest.name})`,
    requirement: {
      text: `At most ${MAX_SKEW_MS / 60_000} minutes apart; better within ${WARN_SKEW_MS / 1000} s`,
      source: 'RFC 4120 8.2 (Kerberos), TLS certificates',
    },
    how: 'NTP (UDP 123); where that keeps silent, currentTime of the root DSE over LDAP.',
    blocks: false,
    async run() {
      let offset: ClockOffset | undefined = await ntpOffset(host, Math.min(2_000, environment.limitMs / 2));
      if (offset === undefined) {
        try {
          offset = await ldapOffset((await forest.directory()).connection);
        } catch (error) {
          return restsOn(error, 'accounts.directory');
        }
      }
      return offset === undefined ? notTried(`${host} tells no time`) : judgeClock(offset, host);
    },
  };
}

/** @param host the other machine */
export function judgeClock({ offsetMs, errorMs, how }: ClockOffset, host: string): Finding {
  const seconds = (ms: number): string =>
    Math.abs(ms) < 60_000 ? `${(Math.abs(ms) / 1000).toFixed(1)} s` : formatDuration(Math.abs(ms));
  const evidence = `${host} is ${seconds(offsetMs)} ${offsetMs >= 0 ? 'ahead of' : 'behind'} this machine, give or take ${seconds(errorMs)} (by ${how})`;
  const remedy = {
    text: 'Let both take their time from one source; Windows machines of a domain take it from the domain.',
    script: {
      shell: 'cmd' as const,
      where: 'the machine whose clock is wrong, as administrator',
      code: 'w32tm /resync /rediscover',
    },
  };
  if (Math.abs(offsetMs) - errorMs > MAX_SKEW_MS) return failed(evidence, remedy);
  if (Math.abs(offsetMs) - errorMs > WARN_SKEW_MS) return warning(evidence, remedy);
  return passed(evidence);
}
