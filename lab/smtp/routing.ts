import type { DirectoryEntry, OrganisationDirectory } from '../model.ts';

/** Where mail for one recipient goes in the end: groups are opened, forwarding addresses followed. */
export interface Route {
  /** Primary addresses of mailboxes here. */
  mailboxes: Set<string>;
  /** Addresses of mail-enabled public folders here. */
  publicFolders: Set<string>;
  /** Addresses in other organisations. */
  remote: Set<string>;
}

/** Groups within groups, no deeper than Exchange's own expansion would be sane. */
const deepest = 16;

/**
 * Resolves one recipient as Exchange's categorizer does: targetAddress sends mail on, also where a mailbox is, and
 * a group's members are resolved in turn.
 * @param isOurs whether a domain is one of this organisation's accepted domains
 * @returns undefined when nobody has the address
 */
export function resolveRecipient(
  directory: OrganisationDirectory,
  isOurs: (domain: string) => boolean,
  address: string,
): Route | undefined {
  const entry = directory.entry(`smtp:${address}`);
  if (!entry) return undefined;
  const route: Route = { mailboxes: new Set(), publicFolders: new Set(), remote: new Set() };
  follow(directory, isOurs, entry, route, new Set(), 0);
  return route;
}

function follow(
  directory: OrganisationDirectory,
  isOurs: (domain: string) => boolean,
  entry: DirectoryEntry,
  route: Route,
  seen: Set<string>,
  depth: number,
): void {
  if (seen.has(entry.address) || depth > deepest) return;
  seen.add(entry.address);
  const onward = (address: string) => {
    const next = directory.entry(`smtp:${address}`);
    if (!isOurs(domainOf(address))) route.remote.add(address);
    else if (next) follow(directory, isOurs, next, route, seen, depth + 1);
  };
  if (entry.forwardTo !== null) {
    onward(entry.forwardTo);
    return;
  }
  // Deliver and forward: a copy goes on, the mailbox gets its own.
  if (entry.copyTo !== null) onward(entry.copyTo);
  switch (entry.kind) {
    case 'mailbox':
      route.mailboxes.add(entry.address);
      return;
    case 'publicFolder':
      route.publicFolders.add(entry.address);
      return;
    case 'group':
      for (const member of directory.members(entry.address) ?? [])
        follow(directory, isOurs, member, route, seen, depth + 1);
      return;
    case 'mailUser':
    case 'contact':
      // Mail-enabled without a target: Exchange has nowhere to send it.
      return;
  }
}

export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase();
}

/** A route that leads nowhere is a recipient that cannot be delivered to. */
export function isEmpty(route: Route): boolean {
  return route.mailboxes.size + route.publicFolders.size + route.remote.size === 0;
}
