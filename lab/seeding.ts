import { loadObjects } from './ldap/load.ts';
import type { OpenedOrganisation } from './organisation.ts';
import { Provisioning } from './provisioning.ts';
import { directoryObjects } from './seed/directory-objects.ts';
import { publicFolderPlan } from './seed/public-plan.ts';

export interface SeedOptions {
  seed: number;
  users: number;
  items: number;
  folders: number;
  corpus: string | undefined;
  progress(text: string): void;
}

/** Fills two fresh organisations: directory objects first, mailboxes as the directory says, then their content. */
export async function seedLab(organisations: readonly OpenedOrganisation[], options: SeedOptions): Promise<void> {
  const plan = publicFolderPlan(options.seed, options.folders);
  const objects = directoryObjects(options.seed, options.users, plan);
  for (const { side, directory, store } of organisations) {
    loadObjects(directory, objects[side]);
    new Provisioning(directory, store).start()();
  }
}
