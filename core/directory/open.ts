import { UsageError } from '../domain/errors.ts';
import type { DirectoryConfig } from './config.ts';
import type { DirectoryReader } from './reader.ts';
import type { DirectoryWriter } from './writer.ts';

/** The reader for a forest: its servers, or its exports where no server is given. */
export async function openReader(config: DirectoryConfig): Promise<DirectoryReader> {
  if (config.servers.length === 0 && config.files?.length) {
    const { FileReader } = await import('./file-reader.ts');
    return new FileReader(config);
  }
  const { LdapReader } = await import('./ldap-reader.ts');
  return new LdapReader(config);
}

/** The writer for a forest; a forest that is known by an export only cannot be written to. @throws UsageError */
export async function openWriter(config: DirectoryConfig): Promise<DirectoryWriter> {
  if (config.servers.length === 0) {
    throw new UsageError({
      tried: `write to the directory of forest ${config.forest}`,
      happened: 'It is known by an export only; no server is given.',
      next: 'Give the forest a server: transplant forest add NAME --role … --ldap URL. The plan can be read with: transplant prepare show',
    });
  }
  const { LdapWriter } = await import('./ldap-writer.ts');
  return new LdapWriter(config);
}
