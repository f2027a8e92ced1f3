import { attributeName, valueForm } from '../../directory/attributes.ts';
import { parentDn, rdnValue } from '../../directory/dn.ts';
import { encodeValue } from '../../directory/values.ts';
import { difference, SEND_AS } from '../../directory/writer.ts';
import type { DirectoryChange } from '../../store/directory-changes.ts';
import { oneLine } from './ldif-script.ts';

/*
 * A plan as a script for the ActiveDirectory module of Windows PowerShell 5.1. Nothing of a directory may become code:
 * whatever is not plain ASCII, and every quotation mark (PowerShell takes typographic ones for quotes too), stands as
 * base64.
 */

export const POWERSHELL_HEAD = `#Requires -Modules ActiveDirectory
[CmdletBinding(SupportsShouldProcess = $true)]
param([Parameter(Mandatory = $true)][string]$Server)
$ErrorActionPreference = 'Stop'
function T([string]$Base64) { [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($Base64)) }
function B([string]$Base64) { ,[Convert]::FromBase64String($Base64) }
function Key($Value) { if ($Value -is [byte[]]) { [Convert]::ToBase64String($Value) } else { [string]$Value } }
# The right to send as an object, for the holder of a SID.
function SendAs([string]$Sid) {
  New-Object DirectoryServices.ActiveDirectoryAccessRule ([Security.Principal.SecurityIdentifier]$Sid), 'ExtendedRight', 'Allow', ([guid]'ab721a54-1e2f-11d0-9819-00aa0040529b')
}
# Whether an attribute still has the values that the plan has seen.
function Test-Before($Object, [string]$Name, [object[]]$Values) {
  $have = @($Object.$Name | Where-Object { $null -ne $_ } | ForEach-Object { Key $_ } | Sort-Object)
  $seen = @($Values | ForEach-Object { Key $_ } | Sort-Object)
  ($have -join "\`n") -eq ($seen -join "\`n")
}
`;

/** One change as a block that stops for itself and lets the others go on. */
export function powershellBlock(change: DirectoryChange): string {
  const body = [`$dn = ${literal(change.dn)}`, ...steps(change)].map((line) => `  ${line}`);
  return ['', `# ${oneLine(change.reason)}`, 'try {', ...body, '} catch { Write-Warning "$dn : $_" }', ''].join('\n');
}

function steps(change: DirectoryChange): string[] {
  switch (change.kind) {
    case 'add':
      return addSteps(change);
    case 'modify':
      return modifySteps(change);
    case 'delete':
      return [
        `$o = Get-ADObject -Server $Server -Identity ${identity(change)} -Properties *`,
        ...['proxyAddresses', 'mail', 'targetAddress', 'legacyExchangeDN'].map((name) =>
          guard(name, change.before[name]),
        ),
        "if ($PSCmdlet.ShouldProcess($dn, 'remove')) { Remove-ADObject -Server $Server -Identity $o -Confirm:$false }",
      ];
  }
}

function addSteps(change: DirectoryChange): string[] {
  const { objectClass = [], ...rest } = change.after;
  const type = objectClass.at(-1) ?? 'contact';
  return [
    `$attributes = ${table(rest)}`,
    `if ($PSCmdlet.ShouldProcess($dn, 'create')) { New-ADObject -Server $Server -Type ${literal(type)} -Name ${literal(rdnValue(change.dn))} -Path ${literal(parentDn(change.dn))} -OtherAttributes $attributes }`,
  ];
}

function modifySteps(change: DirectoryChange): string[] {
  const remove: Record<string, readonly string[]> = {};
  const add: Record<string, readonly string[]> = {};
  for (const [name, after] of Object.entries(change.after)) {
    if (name === SEND_AS) continue;
    const edit = difference({ attribute: name, before: change.before[name] ?? [], after });
    if (edit.remove.length > 0) remove[name] = edit.remove;
    if (edit.add.length > 0) add[name] = edit.add;
  }
  const parts = [
    ...(Object.keys(remove).length > 0 ? [`-Remove ${table(remove)}`] : []),
    ...(Object.keys(add).length > 0 ? [`-Add ${table(add)}`] : []),
  ];
  const rights = rightsSteps(change);
  if (parts.length === 0) return rights.length > 0 ? rights : ['# nothing to change'];
  return [
    ...rights,
    `$o = Get-ADObject -Server $Server -Identity ${identity(change)} -Properties *`,
    ...Object.keys(change.after)
      .filter((name) => name !== SEND_AS)
      .map((name) => guard(name, change.before[name])),
    `if ($PSCmdlet.ShouldProcess($dn, 'change')) { Set-ADObject -Server $Server -Identity $o ${parts.join(' ')} }`,
  ];
}

/** Entries of the access list that give the right to send as the object, by SID. */
function rightsSteps(change: DirectoryChange): string[] {
  const after = change.after[SEND_AS];
  if (!after) return [];
  const { remove, add } = difference({ attribute: SEND_AS, before: change.before[SEND_AS] ?? [], after });
  return [
    `$acl = Get-Acl -Path "AD:$dn"`,
    ...remove.map((sid) => `$acl.RemoveAccessRuleSpecific((SendAs ${literal(sid)}))`),
    ...add.map((sid) => `$acl.AddAccessRule((SendAs ${literal(sid)}))`),
    `if ($PSCmdlet.ShouldProcess($dn, 'change who may send as it')) { Set-Acl -Path "AD:$dn" -AclObject $acl }`,
  ];
}

const identity = (change: DirectoryChange): string => (change.guid === null ? '$dn' : literal(change.guid));

function guard(name: string, before: readonly string[] = []): string {
  return `if (-not (Test-Before $o ${literal(name)} ${list(name, before)})) { throw ${literal(`${name} changed since the plan was made`)} }`;
}

function table(attributes: Readonly<Record<string, readonly string[]>>): string {
  const entries = Object.entries(attributes).filter(([, values]) => values.length > 0);
  return `@{ ${entries.map(([name, values]) => `${literal(name)} = ${list(name, values, true)}`).join('; ')} }`;
}

/** @param written SIDs go to the server as bytes, and come from it as text */
function list(name: string, values: readonly string[], written = false): string {
  const form = valueForm(attributeName(name));
  const asText = form === 'text' || (form === 'sid' && !written);
  const one = (value: string) =>
    asText ? literal(value) : `(B ${literal(encodeValue(value, form).toString('base64'))})`;
  // A comma before a single array of bytes, or PowerShell takes the bytes for the values.
  const comma = !asText && values.length === 1 ? ',' : '';
  return `@(${comma}${values.map(one).join(', ')})`;
}

/** Text as a PowerShell value: in single quotes where it cannot end them, else as base64. */
export function literal(text: string): string {
  if (/^[ -&(-~]*$/.test(text)) return `'${text}'`;
  return `(T '${Buffer.from(text, 'utf8').toString('base64')}')`;
}
