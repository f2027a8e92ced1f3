import { PresenceFilter } from 'ldapts';
import { resultCode } from '../../directory/errors.ts';
import { ShowDeletedControl } from '../../directory/ldap-controls.ts';
import type { DirectorySession } from '../environment.ts';

export interface DeletedObjects {
  dn: string;
  /** Whether the container is shown at all, and whether its properties may be read. */
  container: boolean;
  readable: boolean;
  /** How many of a page of ten are shown. */
  shown: number;
}

/** Looks into the Deleted Objects container with the show-deleted control ([MS-ADTS] 3.1.1.3.4.1.14), as discovery does. */
export async function lookIntoDeletedObjects({ connection, facts }: DirectorySession): Promise<DeletedObjects> {
  const dn = `CN=Deleted Objects,${facts.baseDn}`;
  const filter = new PresenceFilter({ attribute: 'objectClass' });
  const search = async (scope: 'base' | 'one') => {
    try {
      const options = { scope, filter, attributes: ['whenCreated'] };
      const page = await connection.page(dn, options, { size: 10, cookie: undefined }, [new ShowDeletedControl()]);
      return page.entries;
    } catch (error) {
      const code = resultCode(error);
      // noSuchObject and insufficientAccessRights are how a directory says "not for you".
      if (code === 32 || code === 50) return [];
      throw error;
    }
  };
  const [container] = await search('base');
  const readable = container !== undefined && [container.whenCreated ?? []].flat().length > 0;
  return { dn, container: container !== undefined, readable, shown: (await search('one')).length };
}
