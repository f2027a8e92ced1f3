import { type ObjectRef, SEND_AS } from '../../directory/writer.ts';
import { values } from '../../domain/recipient.ts';
import type { NewChange } from '../../store/directory-changes.ts';
import type { StoredRecipient } from '../../store/recipients.ts';

export interface SendAsSight {
  /** SIDs of those who may send as an object; undefined where the server of that side cannot tell. */
  read(side: 'source' | 'target', ref: ObjectRef): Promise<readonly string[] | undefined>;
  /** The source object of a SID. */
  holder(sid: string): StoredRecipient | undefined;
  /** The target object of a source object; undefined where there is none, or none yet. */
  counterpart(sourceId: number): StoredRecipient | undefined;
}

/** SIDs of accounts that people make; SELF, SYSTEM and the like are the same in every forest. */
const OF_A_DOMAIN = /^S-1-5-21-/u;

/**
 * Gives the counterparts of those who may send as a source object the same right on its target object. Who has it there
 * already keeps it.
 */
export async function planSendAs(
  pair: { source: StoredRecipient; target: StoredRecipient },
  sight: SendAsSight,
): Promise<{ change?: Omit<NewChange, 'forestId'>; notes: string[] }> {
  const { source, target } = pair;
  const notes: string[] = [];
  const there = (await sight.read('source', source))?.filter((sid) => OF_A_DOMAIN.test(sid));
  if (there === undefined) return { notes: ['who may send as it cannot be read in the source'] };
  if (there.length === 0) return { notes };
  const have = await sight.read('target', target);
  if (have === undefined) return { notes: ['who may send as it cannot be read in the target, so nothing is added'] };
  const wanted = new Set(have);
  const names: string[] = [];
  for (const sid of there) {
    const holder = sight.holder(sid);
    const counterpart = holder && sight.counterpart(holder.id);
    const own = counterpart && sidOf(counterpart);
    if (!holder) notes.push(`${sid} may send as it, is no recipient of the source, and is left out`);
    else if (!own)
      notes.push(
        `${holder.displayName} may send as it and has no account in the target yet; plan again when it has one`,
      );
    else if (!wanted.has(own)) {
      wanted.add(own);
      names.push(counterpart.displayName);
    }
  }
  if (wanted.size === have.length) return { notes };
  const { dn, guid } = target;
  const reason = `may be sent as by ${names.sort().join(', ')}, as in the source`;
  const before = { [SEND_AS]: [...have] };
  const after = { [SEND_AS]: [...wanted] };
  return { notes, change: { kind: 'modify', dn, guid, sourceId: source.id, reason, before, after } };
}

/** The account that somebody signs in with: a linked mailbox's is in another forest. */
function sidOf(r: StoredRecipient): string | undefined {
  const master = values(r.attributes, 'msExchMasterAccountSid')[0];
  return master !== undefined && OF_A_DOMAIN.test(master) ? master : values(r.attributes, 'objectSid')[0];
}
