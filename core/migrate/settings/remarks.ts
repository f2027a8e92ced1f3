import { formatBytes } from '../../domain/format.ts';
import { eachFolder } from '../../store/folders.ts';
import { check, type SettingCheck, type SettingsScene } from './check.ts';

/** Limits are the target administrators' to set; one that is too small for the mailbox is said. */
export async function quotaChecks({ job, target }: SettingsScene): Promise<SettingCheck[]> {
  const { signal } = job.context;
  const { prohibitReceive, prohibitSend } = await target.quota({ signal });
  const limit = prohibitReceive ?? prohibitSend;
  const size = Math.max(job.workload.bytesTotal, job.workload.bytesDone);
  if (limit === null || size <= limit) return [];
  const reason = `the target takes ${formatBytes(limit)}, the mailbox holds ${formatBytes(size)}; raise its limit before the cutover`;
  return [check({ kind: 'quota', name: '', outcome: 'note', reason })];
}

/**
 * Default folders are found by what they are, so content is right whatever they are called. Their names follow the
 * mailbox's language, which only its server can set.
 */
export async function folderNameChecks({ job }: SettingsScene): Promise<SettingCheck[]> {
  const differing: string[] = [];
  let refused = false;
  for await (const { facts, targetId } of eachFolder(job.context.store, job.workload.id)) {
    const { distinguished, name, targetName, note } = facts;
    if (distinguished === null || targetId === null || targetName === '' || facts.root !== 'mailbox') continue;
    if (distinguished === 'msgfolderroot' || name === targetName) continue;
    differing.push(`${name} is ${targetName}`);
    refused ||= note.includes('refuses to rename');
  }
  if (differing.length === 0) return [];
  const why = refused ? 'the target refuses to rename default folders, ' : '';
  const reason = `${why}default folders have names of another language in the target (${differing.slice(0, 3).join(', ')}${differing.length > 3 ? ', …' : ''}); Set-MailboxRegionalConfiguration -Identity ${job.workload.targetAddress} -Language … -LocalizeDefaultFolderName names them`;
  return [check({ kind: 'folderNames', name: '', outcome: 'note', reason })];
}
