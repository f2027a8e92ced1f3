import type { Finding, Remedy } from '../../domain/checks.ts';
import { type Check, notApplicable, notTried, REQUIREMENTS } from '../check.ts';
import type { PreflightForest } from '../environment.ts';
import { isExchangeOnlineHost } from '../exchange/versions.ts';
import { findingOf } from '../explain.ts';
import type { Graph } from '../online/graph.ts';
import { isRefused, judgeLicences, judgeRoles, licencesOf, type Principal, rolesOf } from '../online/judge.ts';
import { powershellQuoted as quoted } from '../quote.ts';

/** Roles of the accounts in Microsoft 365, as Microsoft Graph tells them where it is set up for the forest. */
export function onlineRoles(forest: PreflightForest): Check[] {
  return [
    {
      id: 'accounts.m365-roles',
      group: 'accounts',
      title: 'The account has the Microsoft 365 roles it needs',
      object: forest.forest.name,
      requirement: {
        text: 'Global administrator, or Billing, Exchange and User administrator.',
        source: REQUIREMENTS.mailboxAccount,
      },
      how: 'Microsoft Graph: transitiveMemberOf of the application, by the template ids of the roles.',
      blocks: false,
      run: (signal) =>
        withGraph(forest, rolesByHand, async (graph) => {
          const who: Principal = { kind: 'application', name: graph.clientId };
          return judgeRoles(who, await rolesOf(graph, who, signal));
        }),
    },
    {
      id: 'accounts.m365-public-folders',
      group: 'accounts',
      title: 'The account has the public-folder roles of Exchange Online',
      object: forest.forest.name,
      requirement: { text: 'PublicFolders and MailEnabledPublicFolders.', source: REQUIREMENTS.publicFolders },
      how: 'Get-ManagementRoleAssignment: Exchange keeps these roles itself, and no stable interface of Graph tells them.',
      blocks: false,
      async run() {
        if (!isOnline(forest)) return notApplicable(NOT_ONLINE);
        const user = await accountOf(forest);
        return notTried('Microsoft Graph does not tell the role groups of Exchange Online', {
          text: 'Both roles have to be in the list that these commands show.',
          script: {
            shell: 'powershell',
            where: 'a machine with the module ExchangeOnlineManagement, as Exchange administrator',
            code: `Connect-ExchangeOnline\nGet-ManagementRoleAssignment -RoleAssignee ${quoted(user)} | Where-Object { $_.Role -match 'Public Folders' } | Format-Table Role, RoleAssignee`,
          },
        });
      },
    },
  ];
}

/** Whether there are licences with a mailbox for those who move there. @param wanted mailboxes */
export function judgedByGraph(forest: PreflightForest, signal: AbortSignal, wanted: number): Promise<Finding> {
  return withGraph(forest, licencesByHand, async (graph) => judgeLicences(await licencesOf(graph, signal), wanted));
}

const NOT_ONLINE = 'this forest is no Microsoft 365 organisation, which alone has roles and licences of this kind';
const isOnline = (forest: PreflightForest) => isExchangeOnlineHost(forest.endpoint('EWS')?.host ?? '');
const accountOf = async (forest: PreflightForest) => (await forest.login('exchange'))?.user ?? 'SERVICE-ACCOUNT';

async function withGraph(
  forest: PreflightForest,
  byHand: (user: string) => Remedy,
  work: (graph: Graph) => Promise<Finding>,
): Promise<Finding> {
  const graph = await forest.graph();
  // An application that may ask Graph is asked whatever the address of its Exchange is.
  if (!graph && !isOnline(forest)) return notApplicable(NOT_ONLINE);
  if (!graph) {
    const why = 'Microsoft Graph is not configured for this forest: its exchange account is no application';
    return notTried(why, byHand(await accountOf(forest)));
  }
  try {
    return await work(graph);
  } catch (error) {
    // Without consent nothing is known; that is no finding about the account.
    if (isRefused(error)) return notTried(error.text.happened, { ...byHand(graph.clientId), text: error.text.next });
    return findingOf(error);
  }
}

const rolesByHand = (user: string): Remedy => ({
  text: 'Compare what these commands show with the roles that are asked for.',
  script: {
    shell: 'powershell',
    where: 'a machine with the module Microsoft.Graph, as a role reader',
    code: [
      "Connect-MgGraph -Scopes 'RoleManagement.Read.Directory'",
      `Get-MgUserTransitiveMemberOf -UserId ${quoted(user)} -All | Where-Object { $_.AdditionalProperties['@odata.type'] -eq '#microsoft.graph.directoryRole' } | ForEach-Object { $_.AdditionalProperties['displayName'] }`,
    ].join('\n'),
  },
});

const licencesByHand = (): Remedy => ({
  text: 'Compare the free licences with the mailboxes that will move.',
  script: {
    shell: 'powershell',
    where: 'a machine with the module Microsoft.Graph, as a directory reader',
    code: "Connect-MgGraph -Scopes 'Organization.Read.All'\nGet-MgSubscribedSku | Format-Table SkuPartNumber, ConsumedUnits, @{n='Enabled';e={$_.PrepaidUnits.Enabled}}",
  },
});
