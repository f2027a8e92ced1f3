import { EwsError } from '../../exchange/ews/codes.ts';
import { type Check, failed, notTried, passed, REQUIREMENTS } from '../check.ts';
import { addressOf } from '../endpoints.ts';
import type { PreflightEnvironment, PreflightForest } from '../environment.ts';
import { askFolder, samplePublicFolders } from '../exchange/calls.ts';
import { findingOf, restsOn, sentence } from '../explain.ts';
import { powershellQuoted as quoted } from '../quote.ts';
import { SAMPLE_SIZE, sampleMailboxes } from '../sample.ts';
import { accountRightsChecks } from './account-rights.ts';
import { onlineRoles } from './online.ts';

/** Whether the accounts can do what the migration will ask of them. */
export function accountChecks(environment: PreflightEnvironment): Check[] {
  return environment.forests.flatMap((forest) => [
    ...(forest.forest.config.ldapUrl ? [directoryLogin(forest), ...accountRightsChecks(forest)] : []),
    ...(forest.forest.config.ewsUrl
      ? [impersonation(environment, forest), publicFolders(forest), ...onlineRoles(forest)]
      : []),
  ]);
}

function directoryLogin(forest: PreflightForest): Check {
  const endpoint = forest.endpoint('LDAP');
  return {
    id: 'accounts.directory',
    group: 'accounts',
    title: 'The directory account can log in',
    object: `${endpoint ? addressOf(endpoint) : ''} (${forest.forest.name})`,
    requirement: { text: 'An account with access to Active Directory.', source: REQUIREMENTS.services },
    how: 'LDAP simple bind inside TLS, then a read of the root DSE.',
    blocks: true,
    async run() {
      try {
        const { facts } = await forest.directory();
        const user = (await forest.login('directory')) ?? (await forest.login('exchange'));
        return passed(`${user?.user ?? ''} is logged in at ${facts.name}, ${facts.baseDn}`);
      } catch (error) {
        return findingOf(error);
      }
    },
  };
}

function impersonation(environment: PreflightEnvironment, forest: PreflightForest): Check {
  return {
    id: 'accounts.impersonation',
    group: 'accounts',
    title: 'The exchange account may act for the mailboxes',
    object: forest.forest.name,
    requirement: {
      text: 'ApplicationImpersonation over the mailboxes that move.',
      source: `${REQUIREMENTS.mailboxAccount}; EWS ApplicationImpersonation`,
    },
    how: `GetFolder of the inbox of ${SAMPLE_SIZE} mailboxes, impersonated.`,
    blocks: true,
    async run(signal) {
      let mailboxes: Awaited<ReturnType<typeof sampleMailboxes>>;
      try {
        mailboxes = await sampleMailboxes(environment, forest);
      } catch (error) {
        return restsOn(error, 'accounts.directory');
      }
      if (mailboxes.length === 0) return notTried('no mailbox is known to try it on; run: transplant discover');
      try {
        const client = await forest.exchange();
        const tried = await Promise.all(
          mailboxes.map(async ({ address }) => ({ address, why: await denied(client, address, signal) })),
        );
        const refused = tried.filter(({ why }) => why !== undefined);
        const evidence = tried.map(({ address, why }) => `${address}: ${why ?? 'opened'}`);
        if (refused.length === 0) return passed(...evidence);
        return failed(evidence, await impersonationRemedy(forest));
      } catch (error) {
        return restsOn(error, 'exchange.connect');
      }
    },
  };
}

async function denied(
  client: Awaited<ReturnType<PreflightForest['exchange']>>,
  address: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const answer = await askFolder(client, 'inbox', signal, address);
    return answer.error?.code;
  } catch (error) {
    if (error instanceof EwsError) return error.code;
    throw error;
  }
}

async function impersonationRemedy(forest: PreflightForest) {
  const user = (await forest.login('exchange'))?.user ?? 'SERVICE-ACCOUNT';
  return {
    text: `Give ${user} the role ApplicationImpersonation, for all mailboxes or for a scope that holds those that move. It takes effect within minutes; the session of the account must be new.`,
    script: {
      shell: 'exchange-shell' as const,
      where: `an Exchange server of forest ${forest.forest.name}, as organization administrator`,
      code: `New-ManagementRoleAssignment -Name "Transplant impersonation" -Role ApplicationImpersonation -User ${quoted(user)}`,
    },
  };
}

function publicFolders(forest: PreflightForest): Check {
  return {
    id: 'accounts.public-folders',
    group: 'accounts',
    title: 'The account can read the public folders',
    object: forest.forest.name,
    requirement: {
      text: 'The account is mailbox-enabled and a member of "Public Folder Management".',
      source: REQUIREMENTS.publicFolders,
    },
    how: 'GetFolder of the public-folder root, and FindFolder of some folders of every level with the rights the account has there.',
    blocks: false,
    async run(signal) {
      try {
        const client = await forest.publicFolders();
        const root = await askFolder(client, 'publicfoldersroot', signal);
        if (root.error) return failed(`The root: ${root.error.message}`, await publicFolderRemedy(forest));
        const folders = await samplePublicFolders(client, signal);
        if (folders.length === 0) return passed('The tree is there and has no folder.');
        const evidence = folders.map(
          ({ name, rights }) => `${name}: ${rights.Read === 'false' ? 'not readable' : 'readable'}`,
        );
        if (folders.some(({ rights }) => rights.Read === 'false'))
          return failed(evidence, await publicFolderRemedy(forest));
        return passed(...evidence);
      } catch (error) {
        if (error instanceof EwsError) return failed(sentence(error), await publicFolderRemedy(forest));
        return restsOn(error, 'exchange.connect');
      }
    },
  };
}

async function publicFolderRemedy(forest: PreflightForest) {
  const login = (await forest.login('public-folders')) ?? (await forest.login('exchange'));
  const user = login?.user ?? 'SERVICE-ACCOUNT';
  return {
    text: `Make ${user} a member of "Public Folder Management" and log on to its mailbox once.`,
    script: {
      shell: 'exchange-shell' as const,
      where: `an Exchange server of forest ${forest.forest.name}, as organization administrator`,
      code: `Add-RoleGroupMember -Identity "Public Folder Management" -Member ${quoted(user)}`,
    },
  };
}
