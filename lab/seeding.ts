import { loadObjects } from './ldap/load.ts';
import type { OpenedOrganisation } from './organisation.ts';
import { Provisioning } from './provisioning.ts';
import { directoryObjects } from './seed/directory-objects.ts';
import { publicFolderPlan } from './seed/public-plan.ts';
import { type SeedReport, seedContent } from './seed/seed-content.ts';

export interface SeedOptions {
  seed: number;
  users: number;
  items: number;
  folders: number;
  corpus: string | undefined;
  progress(text: string): void;
}

/**
 * Fills two fresh organisations: directory objects first, mailboxes as the directory says, then the source's content. The
 * report names every corpus file that could not be read.
 */
export async function seedLab(
  organisations: readonly OpenedOrganisation[],
  options: SeedOptions,
): Promise<SeedReport | undefined> {
  const plan = publicFolderPlan(options.seed, options.folders);
  const objects = directoryObjects(options.seed, options.users, plan);
  for (const { side, directory, store } of organisations) {
    loadObjects(directory, objects[side]);
    new Provisioning(directory, store).start()();
  }
  const source = organisations.find((o) => o.side === 'source');
  return source && seedContent(source.store, options);
}
