import { z } from 'zod';
import type { Finding } from '../../domain/checks.ts';
import { formatCount } from '../../domain/format.ts';
import { failed, passed, warning } from '../check.ts';
import { type Graph, GraphError } from './graph.ts';

/** Template ids of the directory roles (Microsoft Entra, "built-in roles"): the same in every tenant and language. */
const ROLES = {
  global: { id: '62e90394-69f5-4237-9190-012177145e10', name: 'Global Administrator' },
  exchange: { id: '29232cdf-9323-42fd-ade2-1d097af3e4de', name: 'Exchange Administrator' },
  user: { id: 'fe930be7-5e62-47db-91af-98c3a49a38b1', name: 'User Administrator' },
  billing: { id: 'b0f54661-2d74-4c50-afa3-1ec803f12efe', name: 'Billing Administrator' },
} as const;
const NEEDED = [ROLES.exchange, ROLES.user, ROLES.billing] as const;

const membershipSchema = z.looseObject({
  '@odata.type': z.string().optional(),
  displayName: z.string().nullish(),
  roleTemplateId: z.string().nullish(),
});
const principalSchema = z.looseObject({ id: z.string().min(1), displayName: z.string().nullish() });

export interface Principal {
  kind: 'application' | 'user';
  /** Id of the application, or user principal name. */
  name: string;
}

/** Directory roles of an account, those of the groups it is in among them. @throws GraphError */
export async function rolesOf(
  graph: Graph,
  who: Principal,
  signal: AbortSignal,
): Promise<{ id: string; name: string }[]> {
  const path =
    who.kind === 'user' ? `users/${encodeURIComponent(who.name)}` : await servicePrincipal(graph, who.name, signal);
  const all = await graph.all(`${path}/transitiveMemberOf`, membershipSchema, signal);
  return all.flatMap(({ '@odata.type': type, roleTemplateId, displayName }) =>
    type === '#microsoft.graph.directoryRole' && roleTemplateId
      ? [{ id: roleTemplateId, name: displayName ?? roleTemplateId }]
      : [],
  );
}

async function servicePrincipal(graph: Graph, appId: string, signal: AbortSignal): Promise<string> {
  const path = `servicePrincipals(appId='${encodeURIComponent(appId.replaceAll("'", "''"))}')?$select=id,displayName`;
  const { id } = await graph.one(path, principalSchema, signal);
  return `servicePrincipals/${encodeURIComponent(id)}`;
}

/** Global administrator, or Exchange, User and Billing administrator; more than is needed is said too. */
export function judgeRoles(who: Principal, roles: readonly { id: string; name: string }[]): Finding {
  const has = (role: { id: string }) => roles.some(({ id }) => id === role.id);
  const evidence = [`${who.name}: ${roles.map(({ name }) => name).join(', ') || 'no directory role'}`];
  const missing = NEEDED.filter((role) => !has(role));
  if (has(ROLES.global)) {
    if (missing.length > 0) return passed(...evidence);
    return warning(evidence, {
      text: `${who.name} is global administrator beside the roles that are needed. Take that role off: Exchange, User and Billing administrator are enough.`,
    });
  }
  if (missing.length === 0) return passed(...evidence);
  return failed([...evidence, `missing: ${missing.map(({ name }) => name).join(', ')}`], {
    text: `Give ${who.name} the missing roles. Billing administrator is needed only where licences are given by Transplant.`,
    script: {
      shell: 'powershell',
      where: 'a machine with the module Microsoft.Graph, as privileged role administrator',
      code: grant(
        who,
        missing.map(({ id }) => id),
      ),
    },
  });
}

function grant({ kind, name }: Principal, roleIds: readonly string[]): string {
  const quoted = `'${name.replaceAll("'", "''")}'`;
  return [
    "Connect-MgGraph -Scopes 'RoleManagement.ReadWrite.Directory', 'Application.Read.All', 'User.Read.All'",
    kind === 'user'
      ? `$id = (Get-MgUser -UserId ${quoted}).Id`
      : `$id = (Get-MgServicePrincipalByAppId -AppId ${quoted}).Id`,
    ...roleIds.map(
      (id) =>
        `New-MgRoleManagementDirectoryRoleAssignment -PrincipalId $id -RoleDefinitionId '${id}' -DirectoryScopeId '/'`,
    ),
  ].join('\n');
}

const skuSchema = z.looseObject({
  skuPartNumber: z.string(),
  capabilityStatus: z.string(),
  consumedUnits: z.number(),
  prepaidUnits: z.looseObject({ enabled: z.number(), warning: z.number().default(0) }),
  servicePlans: z.array(z.looseObject({ servicePlanName: z.string(), provisioningStatus: z.string().optional() })),
});
type Sku = z.infer<typeof skuSchema>;

/** @throws GraphError */
export function licencesOf(graph: Graph, signal: AbortSignal): Promise<Sku[]> {
  return graph.all('subscribedSkus', skuSchema, signal);
}

/** Plans with a mailbox of their own (Microsoft, "Product names and service plan identifiers"). */
const MAILBOX_PLAN = /^EXCHANGE_S_(?:STANDARD|ENTERPRISE|DESKLESS|ESSENTIALS)|^EXCHANGE_B_STANDARD/;

/** Whether there are free licences with a mailbox for those who will get one. @param wanted mailboxes that move there */
export function judgeLicences(skus: readonly Sku[], wanted: number): Finding {
  const usable = skus.filter(
    ({ capabilityStatus, servicePlans }) =>
      /^(?:Enabled|Warning)$/.test(capabilityStatus) &&
      servicePlans.some(({ servicePlanName }) => MAILBOX_PLAN.test(servicePlanName)),
  );
  const free = (sku: Sku) => Math.max(0, sku.prepaidUnits.enabled + sku.prepaidUnits.warning - sku.consumedUnits);
  const left = usable.reduce((sum, sku) => sum + free(sku), 0);
  const evidence = [
    `${formatCount(wanted)} mailboxes move there, ${formatCount(left)} licences with a mailbox are free`,
    ...usable.map(
      (sku) => `${sku.skuPartNumber}: ${formatCount(free(sku))} of ${formatCount(sku.prepaidUnits.enabled)} free`,
    ),
  ];
  const text =
    'Buy or free licences before the target mailboxes are made; one without a licence is removed after 30 days.';
  if (left < wanted) return failed(evidence, { text });
  const ending = usable.filter(({ capabilityStatus }) => capabilityStatus === 'Warning');
  if (ending.length > 0) {
    const names = ending.map(({ skuPartNumber }) => skuPartNumber).join(', ');
    return warning(evidence, {
      text: `The subscription of ${names} has ended and runs in its grace period: renew it before the move.`,
    });
  }
  return passed(...evidence);
}

/** Whether Graph refused for want of consent, which is no finding about the account. */
export function isRefused(error: unknown): error is GraphError {
  return error instanceof GraphError && (error.status === 401 || error.status === 403);
}
