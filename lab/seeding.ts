import { loadObjects } from './ldap/load.ts';
import type { OpenedOrganisation } from './organisation.ts';
import { Provisioning } from './provisioning.ts';
import { directoryObjects } from './seed/directory-objects.ts';
import { type Person, people } from './seed/people.ts';
import { publicFolderPlan } from './seed/public-plan.ts';
import { type SeedReport, seedContent } from './seed/seed-content.ts';
import { setUpVirtualMailbox, type VirtualMailbox, virtualPerson } from './seed/virtual-mailbox.ts';

export interface SeedOptions {
  seed: number;
  users: number;
  items: number;
  folders: number;
  corpus: string | undefined;
  /** A simulated mailbox beside the others. */
  virtual?: VirtualMailbox | undefined;
  /** Bytes of single large items in the first mailbox. */
  largeItems?: readonly number[] | undefined;
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
  const huge = options.virtual ? simulated(options) : [];
  const objects = directoryObjects(options.seed, options.users, plan, huge);
  for (const { side, directory, store } of organisations) {
    loadObjects(directory, objects[side]);
    new Provisioning(directory, store).start()();
  }
  const source = organisations.find((o) => o.side === 'source');
  if (source && options.virtual) setUpVirtualMailbox(source.store, options.seed, options.virtual);
  return source && seedContent(source.store, options);
}

/** The owner of the simulated mailbox, a person like the first. */
export function simulated(options: { seed: number; users: number }): Person[] {
  return people(options.seed, options.users)
    .slice(0, 1)
    .map((first) => virtualPerson(options.seed, first));
}
