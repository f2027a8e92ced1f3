import type { DirectoryConfig } from './config.ts';
import type { DirectoryReader } from './reader.ts';

/** The reader for a forest: its servers, or its exports where no server is given. */
export async function openReader(config: DirectoryConfig): Promise<DirectoryReader> {
  if (config.servers.length === 0 && config.files?.length) {
    const { FileReader } = await import('./file-reader.ts');
    return new FileReader(config);
  }
  const { LdapReader } = await import('./ldap-reader.ts');
  return new LdapReader(config);
}
