import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { consoleKeys } from '../../core/api/machine.ts';
import { appRouter } from '../../core/api/router.ts';
import { createCallerFactory } from '../../core/api/trpc.ts';
import { newMachineKey } from '../../core/store/machine-key.ts';
import { openStore } from '../../core/store/open.ts';
import type { Store } from '../../core/store/store.ts';

/** An object of an export: its DN and attributes. */
export interface Exported {
  dn: string;
  [attribute: string]: string | string[];
}

/** LDIF of objects, every value in base64 so that none can break a line; `bytes:…` is base64 already. */
export function ldif(objects: readonly Exported[]): string {
  const base64 = (text: string) =>
    text.startsWith('bytes:') ? text.slice('bytes:'.length) : Buffer.from(text).toString('base64');
  return objects
    .map(({ dn, ...attributes }) => {
      const lines = Object.entries(attributes).flatMap(([name, value]) =>
        (Array.isArray(value) ? value : [value]).map((v) => `${name}:: ${base64(v)}`),
      );
      return [`dn:: ${base64(dn)}`, ...lines, ''].join('\n');
    })
    .join('\n');
}

/** A project whose two forests are LDIF exports, driven by the router as console and command line drive it. */
export class LdifProject {
  readonly folder = mkdtempSync(join(tmpdir(), 'transplant-ldif-'));
  readonly store: Store;
  readonly api: ReturnType<ReturnType<typeof createCallerFactory<(typeof appRouter)['_def']['record']>>>;

  private constructor(store: Store) {
    this.store = store;
    const { key } = newMachineKey();
    this.api = createCallerFactory(appRouter)({
      store,
      actor: { user: 'tester', host: hostname() },
      correlation: 'the-test',
      ...consoleKeys(store, 'tester', async () => key),
    });
  }

  static async open(
    source: readonly Exported[],
    target: readonly Exported[],
    url = 'sqlite::memory:',
  ): Promise<LdifProject> {
    const project = new LdifProject(await openStore(url, { create: true }));
    const sides = { source, target } as const;
    for (const name of ['source', 'target'] as const) {
      const config = { ldifFile: join(project.folder, `${name}.ldif`), smtpDomains: [`${name}.example`] };
      writeFileSync(config.ldifFile, ldif(sides[name]));
      await project.api.forests.add({ name, role: name, config });
      await project.api.discover.run({ forest: name });
    }
    return project;
  }

  /** Reads a side again from other objects. */
  async change(name: 'source' | 'target', objects: readonly Exported[]): Promise<void> {
    writeFileSync(join(this.folder, `${name}.ldif`), ldif(objects));
    await this.api.discover.run({ forest: name, full: true });
  }

  /** State, rule and target of a source object's match. */
  async matchOf(name: string) {
    const { lines } = await this.api.match.list({ limit: 1000 });
    const line = lines.find((l) => l.sourceName === name);
    if (!line) throw new Error(`there is no match of ${name}`);
    return line;
  }

  async close(): Promise<void> {
    await this.store.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A user with a mailbox. */
export function mailbox(name: string, domain: string, more: Partial<Exported> = {}): Exported {
  const [given = name, sn = ''] = name.split(' ');
  const address = `${name.toLowerCase().replace(/\s+/g, '.')}@${domain}.example`;
  return {
    dn: `CN=${name},OU=People,DC=${domain},DC=example`,
    objectClass: ['top', 'person', 'organizationalPerson', 'user'],
    objectGUID: guidOf(`${domain}/${name}`),
    displayName: name,
    givenName: given,
    ...(sn !== '' && { sn }),
    mail: address,
    proxyAddresses: [`SMTP:${address}`],
    mailNickname: name.toLowerCase().replace(/\s+/g, '.'),
    sAMAccountName: name.toLowerCase().replace(/\s+/g, '.').slice(0, 20),
    legacyExchangeDN: `/o=${domain}/ou=x/cn=Recipients/cn=${name.toLowerCase().replace(/\s+/g, '')}`,
    msExchRecipientTypeDetails: '1',
    homeMDB: `CN=DB,DC=${domain},DC=example`,
    ...more,
  } as Exported;
}

/** A GUID made of text, the same each time. */
export function guidOf(text: string): string {
  const hex = Buffer.from(text.padEnd(16, '.')).toString('hex').slice(-32).padStart(32, '0');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
