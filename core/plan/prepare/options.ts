import { z } from 'zod';
import type { ForestFacts, ObjectRef } from '../../directory/writer.ts';

/** How target objects are prepared. */
export const prepareOptionsSchema = z.object({
  /**
   * `mailUser`: a disabled mail user, the shape of Microsoft's Prepare-MoveRequest.ps1; the mailbox comes later, by
   * Exchange itself. `mailbox`: the attributes of a mailbox as well (homeMDB and its kin), so that content can be
   * written at once; a lab makes the mailbox from them, an Exchange server wants Enable-Mailbox run by its
   * administrator, since LDAP alone makes no mailbox there.
   */
  mode: z.enum(['mailUser', 'mailbox']).default('mailUser'),
  /** Where new objects are created; default: CN=Users of the target's domain. */
  container: z.string().min(1).optional(),
  /** The part of the UPN behind the @; default: the target's domain. */
  upnSuffix: z.string().min(1).optional(),
  /** The SMTP domain in which every object gets an address of the target; default: the target forest's first. */
  addressDomain: z.string().min(1).optional(),
  /** DN of the database for `mailbox`; default: the one that most mailboxes of the target are on. */
  database: z.string().min(1).optional(),
  /** Creates groups with the members that have a counterpart. */
  groups: z.boolean().default(false),
  /** Creates contacts of the source that stand for nobody in the target. */
  contacts: z.boolean().default(true),
  /** Links every new object to the account of the source (msExchMasterAccountSid), for the time of two forests. */
  linkToSource: z.boolean().default(false),
  /** `exclude`: e-mail address policies do not rewrite the addresses; `inherit`: they may. */
  addressPolicy: z.enum(['exclude', 'inherit']).default('exclude'),
  /** Writes the target's legacyExchangeDN to the source as X500, so that replies to old mail arrive after the move. */
  writeSource: z.boolean().default(true),
});
export type PrepareOptions = z.infer<typeof prepareOptionsSchema>;

/** What a plan is worked out from, beside the project. */
export interface DraftRequest {
  options: PrepareOptions;
  /** What the target's server says of itself; none when it cannot be asked. */
  facts?: ForestFacts | undefined;
  /** SIDs of those who may send as an object of a forest; undefined where its server cannot tell. */
  sendAs?: ((forestId: number, ref: ObjectRef) => Promise<readonly string[] | undefined>) | undefined;
}
