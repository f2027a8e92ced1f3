import { StoreMissingError } from './errors.ts';
import { openStore } from './open.ts';
import { type DatabaseStatus, databaseStatus, inspectDatabase } from './status.ts';
import { parseStoreUrl } from './url.ts';

/** An account of SQL Server that may create databases; used once. */
export interface SetupAccount {
  user: string;
  /** sql: a SQL login; ntlm: DOMAIN\user; azure: the password is an access token. */
  auth: string;
  password: string;
}

export interface Created {
  /** The numbers of the migrations that this call applied. */
  applied: number[];
  status: DatabaseStatus;
}

/** Makes the database (on SQL Server by the setup account, where one is given), its tables and the application's rights. */
export async function createDatabase(url: string, setup?: SetupAccount): Promise<Created> {
  const address = parseStoreUrl(url);
  if (address.dialect === 'mssql' && setup) {
    const { createMssqlDatabase } = await import('./create.mssql.ts');
    await createMssqlDatabase(address, setup);
  }
  return upgrade(url);
}

/** Brings the tables up to date. @throws StoreMissingError when there is no database */
export async function upgradeDatabase(url: string): Promise<Created> {
  await inspectDatabase(url);
  return upgrade(url);
}

async function upgrade(url: string): Promise<Created> {
  const before = await inspectDatabase(url).catch((error: unknown) => {
    if (error instanceof StoreMissingError) return undefined;
    throw error;
  });
  const known = new Set(before?.applied.map(({ number }) => number));
  const store = await openStore(url, { create: true });
  try {
    const status = await databaseStatus(store);
    return { applied: status.applied.map(({ number }) => number).filter((number) => !known.has(number)), status };
  } finally {
    await store.close();
  }
}
