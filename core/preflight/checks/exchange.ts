import type { Finding } from '../../domain/checks.ts';
import { pinsFor } from '../../domain/forest.ts';
import { formatCount } from '../../domain/format.ts';
import { type Check, failed, notApplicable, passed, REQUIREMENTS, shared, warning } from '../check.ts';
import { addressOf } from '../endpoints.ts';
import type { PreflightEnvironment, PreflightForest } from '../environment.ts';
import { askFolder } from '../exchange/calls.ts';
import { greet } from '../exchange/front.ts';
import { type Organisation, readOrganisation } from '../exchange/organisation.ts';
import { isExchangeOnlineHost, judgeOnline, judgeVersions } from '../exchange/versions.ts';
import { findingOf, restsOn } from '../explain.ts';
import { sizeChecks } from './exchange-sizes.ts';

/** An organisation as the checks of it share it, with the version that EWS told. */
export interface ForestExchange {
  forest: PreflightForest;
  organisation: () => Promise<Organisation | undefined>;
  ewsVersion: () => Promise<string | undefined>;
}

/** What the Exchange organisations are and allow. */
export function exchangeChecks(environment: PreflightEnvironment): Check[] {
  const sides = environment.forests.map(
    (forest): ForestExchange => ({
      forest,
      organisation: shared(async () => readOrganisation(await forest.directory())),
      ewsVersion: shared(async () => {
        const client = await forest.exchange();
        return (await askFolder(client, 'msgfolderroot', AbortSignal.timeout(environment.limitMs))).version;
      }),
    }),
  );
  return [
    ...sides.flatMap((side) => [
      ...(side.forest.forest.config.ewsUrl
        ? [connectCheck(side.forest), authenticationCheck(side, environment), onlineCheck(side.forest)]
        : []),
      ...(side.forest.forest.config.ewsUrl || side.forest.forest.config.ldapUrl ? [versionCheck(side)] : []),
      ...(side.forest.forest.config.ldapUrl
        ? [virtualDirectoryCheck(side), throttlingCheck(side), domainsCheck(side), publicFolderCheck(side)]
        : []),
    ]),
    ...sizeChecks(sides, environment),
  ];
}

function connectCheck(forest: PreflightForest): Check {
  const endpoint = forest.endpoint('EWS');
  return {
    id: 'exchange.connect',
    group: 'exchange',
    title: 'Exchange Web Services answer the exchange account',
    object: `${endpoint ? addressOf(endpoint) : ''} (${forest.forest.name})`,
    requirement: {
      text: 'A mailbox-enabled service account with access to Exchange.',
      source: REQUIREMENTS.mailboxAccount,
    },
    how: "GetFolder of the root of the account's own mailbox over verified TLS.",
    blocks: true,
    async run(signal) {
      try {
        // A server that is away is asked once here; the client behind it would try again for a while.
        await endpoint?.certificate();
        const client = await forest.exchange();
        const answer = await askFolder(client, 'msgfolderroot', signal);
        const found = forest.forest.config.ewsFound;
        const how = found ? [`the address was found by ${found.how}`] : [];
        const version = answer.version ? `server version ${answer.version}` : 'the server does not tell its version';
        if (!answer.error) return passed(version, `schema ${client.version}`, ...how);
        // Signed in all the same; whether a mailbox is needed is the business of accounts.mailbox.
        if (/^Error(?:NonExistentMailbox|MissingEmailAddress)$/.test(answer.error.code)) {
          return passed(version, 'the account has no mailbox of its own', ...how);
        }
        return failed([answer.error.message, version], {
          text: 'The service account needs a mailbox of its own: enable it, and log on to it once.',
        });
      } catch (error) {
        return findingOf(error);
      }
    },
  };
}

function versionCheck({ forest, organisation, ewsVersion }: ForestExchange): Check {
  return {
    id: 'exchange.version',
    group: 'exchange',
    title: 'All Exchange servers have a certified version',
    object: forest.forest.name,
    requirement: {
      text: 'Exchange Server 2019 CU1, 2016 CU10, 2013 CU21, 2010 SP3 Update Rollup 22, or later updates, up to the Subscription Edition.',
      source: REQUIREMENTS.exchange,
    },
    how: 'serialNumber of the servers in the configuration partition, and the ServerVersionInfo header of EWS.',
    blocks: false,
    async run() {
      const [known, header] = await Promise.allSettled([organisation(), ewsVersion()]);
      const servers = known.status === 'fulfilled' ? (known.value?.servers ?? []) : [];
      const versions = servers.flatMap(({ name, version }) => (version === undefined ? [] : [{ name, version }]));
      const told = header.status === 'fulfilled' ? header.value : undefined;
      if (told !== undefined) versions.push({ name: 'EWS', version: told });
      if (versions.length === 0) {
        if (known.status === 'rejected') return restsOn(known.reason, 'accounts.directory');
        if (header.status === 'rejected') return restsOn(header.reason, 'exchange.connect');
        return notApplicable('the forest has no Exchange servers in its configuration');
      }
      return judgeVersions(versions, Date.now());
    },
  };
}

function authenticationCheck({ forest }: ForestExchange, environment: PreflightEnvironment): Check {
  const { ewsUrl, caPem } = forest.forest.config;
  const pins = pinsFor(forest.forest.config.pins, forest.endpoint('EWS')?.host ?? '');
  return {
    id: 'exchange.authentication',
    group: 'exchange',
    title: 'The EWS address asks for a sign-in this program can give',
    object: ewsUrl ?? '',
    requirement: {
      text: 'Basic, NTLM (also with Extended Protection) or OAuth at the EWS virtual directory.',
      source: REQUIREMENTS.ours,
    },
    how: 'One request without any credential; the schemes of WWW-Authenticate.',
    blocks: false,
    async run() {
      try {
        const pin = pins.length > 1 ? (await forest.endpoint('EWS')?.certificate())?.fingerprint : pins[0];
        const trusted = pin === undefined || pins.includes(pin) ? pin : pins[0];
        const answer = await greet(new URL(ewsUrl ?? ''), { ca: caPem, pin: trusted }, environment.limitMs);
        const offered = answer.schemes.join(', ') || 'none';
        const evidence = [`status ${answer.status}, schemes offered: ${offered}`];
        if (answer.status !== 401) {
          return warning(evidence, {
            text: 'A request without credentials should be answered with 401; look for a proxy or a pre-authentication in front of Exchange.',
          });
        }
        const known = answer.schemes.filter((name) => /^(?:basic|ntlm|bearer)$/i.test(name));
        if (known.length > 0) return passed(...evidence);
        return failed(evidence, {
          text: 'Enable NTLM or Basic at the EWS virtual directory.',
          script: {
            shell: 'exchange-shell',
            where: `an Exchange server of forest ${forest.forest.name}`,
            code: 'Get-WebServicesVirtualDirectory | Set-WebServicesVirtualDirectory -WindowsAuthentication $true',
          },
        });
      } catch (error) {
        return restsOn(error, 'exchange.connect');
      }
    },
  };
}

function onlineCheck(forest: PreflightForest): Check {
  const host = forest.endpoint('EWS')?.host ?? '';
  return {
    id: 'exchange.online-end',
    group: 'exchange',
    title: 'EWS stays until the move is done',
    object: `${host} (${forest.forest.name})`,
    requirement: {
      text: 'The move ends before EWS ends in Exchange Online (2027-04-01).',
      source: 'Microsoft, retirement of Exchange Web Services in Exchange Online',
    },
    how: 'The host of the EWS address, and the calendar.',
    blocks: false,
    run: async () =>
      isExchangeOnlineHost(host) ? judgeOnline(host, Date.now()) : notApplicable('this is no Exchange Online address'),
  };
}

/** Runs `judge` on the organisation of the configuration partition. */
async function withOrganisation(
  { organisation }: ForestExchange,
  judge: (found: Organisation) => Finding | Promise<Finding>,
): Promise<Finding> {
  let found: Organisation | undefined;
  try {
    found = await organisation();
  } catch (error) {
    return restsOn(error, 'accounts.directory');
  }
  return found ? judge(found) : notApplicable('the forest has no Exchange organisation in its configuration');
}

function virtualDirectoryCheck(side: ForestExchange): Check {
  const { name, config } = side.forest.forest;
  return {
    id: 'exchange.virtual-directories',
    group: 'exchange',
    title: 'The EWS address is one of the organisation’s own',
    object: name,
    requirement: {
      text: 'The configured address is an internal or external URL of an EWS virtual directory.',
      source: REQUIREMENTS.ours,
    },
    how: 'msExchInternalHostName and msExchExternalHostName of the EWS virtual directories.',
    blocks: false,
    run: () =>
      withOrganisation(side, ({ virtualDirectories }) => {
        const urls = virtualDirectories
          .flatMap(({ internalUrl, externalUrl }) => [internalUrl, externalUrl])
          .filter((url) => url !== undefined);
        if (urls.length === 0) return notApplicable('the configuration partition shows no EWS virtual directory');
        const evidence = [
          `configured: ${config.ewsUrl ?? 'none'}`,
          ...virtualDirectories.map(
            ({ server, internalUrl, externalUrl }) =>
              `${server}: internal ${internalUrl ?? 'none'}, external ${externalUrl ?? 'none'}`,
          ),
        ];
        if (config.ewsUrl === undefined) return notApplicable('no EWS address is configured');
        const host = new URL(config.ewsUrl).hostname.toLowerCase();
        if (urls.some((url) => URL.canParse(url) && new URL(url).hostname.toLowerCase() === host))
          return passed(...evidence);
        return warning(evidence, {
          text: 'Use one of these addresses, or make sure that the configured one is a load balancer before them.',
        });
      }),
  };
}

function throttlingCheck(side: ForestExchange): Check {
  return {
    id: 'exchange.throttling',
    group: 'exchange',
    title: 'The throttling policy leaves room for the workers',
    object: side.forest.forest.name,
    requirement: {
      text: 'EWSMaxConcurrency is not below what the workers use at once.',
      source: 'Microsoft, EWS throttling in Exchange',
    },
    how: 'Throttling policies in the configuration partition.',
    blocks: false,
    run: () =>
      withOrganisation(side, ({ throttling }) => {
        if (throttling.length === 0)
          return passed('no policy of its own is set: Exchange’s defaults hold (27 connections, 10 on 2010)');
        const evidence = throttling.map(
          ({ name, concurrency, ews }) =>
            `${name}: ${concurrency === undefined ? (ews ? `EWS ${ews}` : 'EWS as by default') : `EWSMaxConcurrency ${concurrency}`}`,
        );
        if (throttling.some(({ concurrency }) => concurrency !== undefined && concurrency < 10)) {
          return warning(evidence, {
            text: 'Give the service account a policy of its own for the time of the move; the program obeys every back-off, so a low limit only makes it slow.',
            script: {
              shell: 'exchange-shell',
              where: `an Exchange server of forest ${side.forest.forest.name}, as organization administrator`,
              code: 'New-ThrottlingPolicy Transplant -ThrottlingPolicyScope Regular -EwsMaxConcurrency 100\nSet-ThrottlingPolicyAssociation SERVICE-ACCOUNT -ThrottlingPolicy Transplant',
            },
          });
        }
        return passed(...evidence);
      }),
  };
}

function domainsCheck(side: ForestExchange): Check {
  const { name, config } = side.forest.forest;
  return {
    id: 'exchange.accepted-domains',
    group: 'exchange',
    title: 'The organisation accepts mail for its domains',
    object: name,
    requirement: { text: 'Every SMTP domain of the forest is an accepted domain there.', source: REQUIREMENTS.ours },
    how: 'Accepted domains in the configuration partition.',
    blocks: false,
    run: () =>
      withOrganisation(side, ({ acceptedDomains }) => {
        const evidence = [
          `accepted: ${acceptedDomains.map(({ domain, kind }) => (kind === 'authoritative' ? domain : `${domain} (${kind})`)).join(', ') || 'none'}`,
        ];
        if (config.smtpDomains.length === 0) return passed(...evidence, 'no SMTP domain is configured for the forest');
        const accepts = (domain: string): boolean =>
          acceptedDomains.some(
            (one) => one.domain === domain || (one.domain.startsWith('*.') && domain.endsWith(one.domain.slice(1))),
          );
        const missing = config.smtpDomains.filter((domain) => !accepts(domain));
        if (missing.length === 0) return passed(...evidence);
        return failed([...evidence, `missing: ${missing.join(', ')}`], {
          text: `Make ${missing.join(', ')} accepted domains, or correct the forest’s SMTP domains.`,
          script: {
            shell: 'exchange-shell',
            where: `an Exchange server of forest ${name}, as organization administrator`,
            code: missing
              .map((domain) => `New-AcceptedDomain -Name '${domain}' -DomainName '${domain}' -DomainType Authoritative`)
              .join('\n'),
          },
        });
      }),
  };
}

function publicFolderCheck(side: ForestExchange): Check {
  return {
    id: 'exchange.public-folder-mailboxes',
    group: 'exchange',
    title: 'There is a place for public folders',
    object: side.forest.forest.name,
    requirement: {
      text: 'At least one public-folder mailbox (2013 and later) or database (2010).',
      source: REQUIREMENTS.publicFolders,
    },
    how: 'Public-folder mailboxes by msExchRecipientTypeDetails, and msExchPublicMDB.',
    blocks: false,
    run: () =>
      withOrganisation(side, ({ publicFolderMailboxes, legacyPublicFolderDatabases }) => {
        const evidence = `${formatCount(publicFolderMailboxes)} public-folder mailboxes, ${formatCount(legacyPublicFolderDatabases)} databases of the old kind`;
        if (publicFolderMailboxes + legacyPublicFolderDatabases > 0) return passed(evidence);
        if (side.forest.forest.role === 'source') return notApplicable(`${evidence}: there is nothing to move`);
        return warning(evidence, {
          text: 'Create a public-folder mailbox before public folders are moved; mailboxes do not need it.',
          script: {
            shell: 'exchange-shell',
            where: `an Exchange server of forest ${side.forest.forest.name}, as organization administrator`,
            code: "New-Mailbox -PublicFolder -Name 'PublicFolders1'",
          },
        });
      }),
  };
}
