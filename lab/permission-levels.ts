/** MAPI rights of the levels people know, as PermissionLevelType of EWS names them ([MS-OXWSFOLD] 2.2.4, [MS-OXCPERM] 2.2.7). */
export const LEVEL_RIGHTS = {
  None: 0,
  Owner: 0x7fb,
  PublishingEditor: 0x4fb,
  Editor: 0x47b,
  PublishingAuthor: 0x49b,
  Author: 0x41b,
  NoneditingAuthor: 0x413,
  Reviewer: 0x401,
  Contributor: 0x402,
} as const;
export type Level = keyof typeof LEVEL_RIGHTS;

const BY_NAME: ReadonlyMap<string, number> = new Map(Object.entries(LEVEL_RIGHTS));

/** Rights of a level that a client named; undefined for a name that is none. */
export function levelRights(name: string): number | undefined {
  return BY_NAME.get(name);
}
