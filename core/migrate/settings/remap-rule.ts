import type { InboxRule, RuleAddress, RuleFolder, RulePart } from '../../exchange/settings.ts';
import { foldersBySource } from '../../store/folders.ts';
import { itemKey, keyText, ledgerBySource } from '../../store/ledger.ts';
import type { SettingsScene } from './check.ts';

/** A rule as the target can run it, or why it cannot be had there. */
export type Remapped = { rule: InboxRule } | { reason: string };

class CannotMove extends Error {
  override readonly name = 'CannotMove';
}

/** Puts the target's folders, items and addresses into a rule. */
export async function remapRule(scene: SettingsScene, rule: InboxRule): Promise<Remapped> {
  if (rule.unsupported) return { reason: 'only Outlook can run it; its owner makes it again in Outlook' };
  if (rule.inError) return { reason: 'the source marks it as faulty' };
  try {
    const all = (parts: RulePart[]): Promise<RulePart[]> => Promise.all(parts.map((part) => remapPart(scene, part)));
    const [conditions, exceptions, actions] = await Promise.all([
      all(rule.conditions),
      all(rule.exceptions),
      all(rule.actions),
    ]);
    return { rule: { ...rule, id: '', conditions, exceptions, actions } };
  } catch (error) {
    if (error instanceof CannotMove) return { reason: error.message };
    throw error;
  }
}

async function remapPart(scene: SettingsScene, part: RulePart): Promise<RulePart> {
  switch (part.kind) {
    case 'folder':
      return { ...part, folder: await folderInTarget(scene, part.folder) };
    case 'item':
      return { ...part, itemId: await itemInTarget(scene, part.itemId) };
    case 'addresses':
      return { ...part, addresses: await Promise.all(part.addresses.map((a) => addressInTarget(scene, a))) };
    case 'strings':
      if (part.name === 'FromConnectedAccounts')
        throw new CannotMove('it is about a connected account, which does not move');
      return part;
    default:
      return part;
  }
}

async function folderInTarget({ job }: SettingsScene, folder: RuleFolder): Promise<RuleFolder> {
  if ('distinguished' in folder) return folder;
  const { context, workload, source } = job;
  const asked = [folder.id];
  const rows = await foldersBySource(context.store, workload.id, asked);
  let row = rows.get(folder.id);
  if (!row) {
    // A rule may write the id of its folder in another way than folder lists do.
    const [found] = await source.getFolders(asked, { signal: context.signal });
    if (!found?.ok) throw new CannotMove('its folder is not there any more');
    row = (await foldersBySource(context.store, workload.id, [found.value.id])).get(found.value.id);
  }
  if (!row?.targetId) throw new CannotMove(`its folder ${row?.path ?? ''} was not moved`.replace('  ', ' '));
  return { id: row.targetId };
}

async function itemInTarget({ job }: SettingsScene, itemId: string): Promise<string> {
  const rows = await ledgerBySource(job.context.store.db, job.workload.id, [itemId]);
  const targetId = rows.get(keyText(itemKey(itemId)))?.targetId;
  if (!targetId) throw new CannotMove('the template of its reply was not moved');
  return targetId;
}

/** People with a match get their address in the target; others are kept where mail can still find them. */
async function addressInTarget({ addresses }: SettingsScene, one: RuleAddress): Promise<RuleAddress> {
  const found = await addresses.target(one.address);
  if (found !== null) return { name: one.name, address: found, routing: 'SMTP' };
  if (one.routing.toUpperCase() === 'EX' || one.address.startsWith('/'))
    throw new CannotMove(`${one.name || one.address} has no match in the target`);
  return one;
}
