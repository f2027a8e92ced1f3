import { constructed, Elements, integer, MalformedBer, octets } from './ber.ts';
import { LdapResult, ResultCode } from './errors.ts';
import type { Control } from './protocol.ts';

export const ControlOid = {
  pagedResults: '1.2.840.113556.1.4.319',
  showDeleted: '1.2.840.113556.1.4.417',
  showRecycled: '1.2.840.113556.1.4.2064',
  showDeactivatedLink: '1.2.840.113556.1.4.2065',
  sortRequest: '1.2.840.113556.1.4.473',
  sortResponse: '1.2.840.113556.1.4.474',
  treeDelete: '1.2.840.113556.1.4.805',
  dirSync: '1.2.840.113556.1.4.841',
  domainScope: '1.2.840.113556.1.4.1339',
  permissiveModify: '1.2.840.113556.1.4.1413',
  sdFlags: '1.2.840.113556.1.4.801',
  lazyCommit: '1.2.840.113556.1.4.619',
  manageDsaIt: '2.16.840.1.113730.3.4.2',
} as const;

/** What the root DSE advertises. */
export const supportedControls: readonly string[] = Object.values(ControlOid).filter(
  (oid) => oid !== ControlOid.manageDsaIt,
);

/** The controls of one request, read. */
export interface Controls {
  page: { size: number; cookie: Buffer } | undefined;
  dirSync: { flags: number; maxBytes: number; cookie: Buffer } | undefined;
  sort: { attribute: string; descending: boolean }[];
  showDeleted: boolean;
  treeDelete: boolean;
  domainScope: boolean;
  permissiveModify: boolean;
}

/** @throws LdapResult for a critical control the server does not have, or one that cannot be read */
export function readControls(controls: readonly Control[]): Controls {
  const known = new Set<string>(Object.values(ControlOid));
  const has = (oid: string) => controls.some((control) => control.oid === oid);
  const read = <T>(oid: string, reader: (elements: Elements) => T): T | undefined => {
    const control = controls.find((one) => one.oid === oid);
    if (!control) return undefined;
    try {
      return reader(new Elements(new Elements(control.value ?? Buffer.alloc(0)).expect(0x30)));
    } catch (error) {
      if (error instanceof MalformedBer) throw refused();
      throw error;
    }
  };
  if (controls.some((control) => control.critical && !known.has(control.oid))) throw refused();
  return {
    page: read(ControlOid.pagedResults, (e) => ({ size: e.integer(), cookie: e.expect(0x04) })),
    dirSync: read(ControlOid.dirSync, readDirSync),
    sort: read(ControlOid.sortRequest, readSort) ?? [],
    showDeleted: has(ControlOid.showDeleted) || has(ControlOid.showRecycled),
    treeDelete: has(ControlOid.treeDelete),
    domainScope: has(ControlOid.domainScope),
    permissiveModify: has(ControlOid.permissiveModify),
  };
}

/** An error in a control that was understood as far as its OID. */
export function refused(): LdapResult {
  return new LdapResult(
    ResultCode.unavailableCriticalExtension,
    '00000057: LdapErr: DSID-0C090A22, comment: Error processing control, data 0, v4563',
  );
}

function readDirSync(elements: Elements): { flags: number; maxBytes: number; cookie: Buffer } {
  // LDAP_DIRSYNC_INCREMENTAL_VALUES is the top bit: written as four bytes by some clients, as five by others.
  const flags = elements.expect(0x02);
  if (flags.length < 1 || flags.length > 5) throw new MalformedBer('DirSync flags');
  return {
    flags: flags.readIntBE(0, flags.length) >>> 0,
    maxBytes: elements.integer(),
    cookie: elements.expect(0x04),
  };
}

function readSort(elements: Elements): { attribute: string; descending: boolean }[] {
  const keys: { attribute: string; descending: boolean }[] = [];
  while (!elements.done) {
    const key = new Elements(elements.expect(0x30));
    const attribute = key.text();
    key.optional(0x80);
    const reverse = key.optional(0x81);
    keys.push({ attribute, descending: reverse !== undefined && reverse[0] !== 0 });
  }
  return keys;
}

export function pageResponse(cookie: Buffer): { oid: string; value: Buffer } {
  return { oid: ControlOid.pagedResults, value: constructed(0x30, integer(0), octets(cookie)) };
}

export function dirSyncResponse(more: boolean, cookie: Buffer): { oid: string; value: Buffer } {
  return { oid: ControlOid.dirSync, value: constructed(0x30, integer(more ? 1 : 0), integer(0), octets(cookie)) };
}

export function sortResponse(): { oid: string; value: Buffer } {
  return { oid: ControlOid.sortResponse, value: constructed(0x30, integer(0, 0x0a)) };
}
