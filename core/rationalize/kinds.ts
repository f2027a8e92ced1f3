import type { MatchObject, ObjectClass } from './model.ts';

/**
 * How two objects' kinds go together: `same` kinds may be one object; a contact (or mail user) that forwards to an
 * object `standsFor` it and is replaced by it; anything else `clashes`, and a person decides.
 */
export type KindFit = 'same' | 'standsFor' | 'clashes';

/** Pairs of classes that are one object seen before and after provisioning: an account may become a room or shared mailbox. */
const ACCOUNT_MAY_BE: ReadonlySet<ObjectClass> = new Set(['person', 'room', 'shared']);

export function kindFit(s: MatchObject, t: MatchObject): KindFit {
  if (s.class === t.class) return 'same';
  if (t.class === 'contact') return forwardsTo(t, s) ? 'standsFor' : 'clashes';
  if (s.class === 'contact') return forwardsTo(s, t) ? 'standsFor' : 'clashes';
  if (isAccount(s) && ACCOUNT_MAY_BE.has(t.class)) return 'same';
  if (isAccount(t) && ACCOUNT_MAY_BE.has(s.class)) return 'same';
  return 'clashes';
}

/** An account without a mailbox does not yet say what it will be. */
function isAccount(o: MatchObject): boolean {
  return o.kind === 'user' || o.kind === 'mailUser';
}

/** Whether a contact stands for an object: mail to it arrives there, and nowhere else. */
function forwardsTo(contact: MatchObject, o: MatchObject): boolean {
  if (contact.target !== undefined) return o.smtp.includes(contact.target);
  return contact.smtp.some((a) => o.smtp.includes(a));
}
