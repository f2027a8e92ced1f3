import type { Finding } from '../domain/checks.ts';
import { TransplantError } from '../domain/errors.ts';
import { failed, notTried } from './check.ts';
import { NoAccount } from './environment.ts';

/** An error as a sentence for evidence; never more than the first line. */
export function sentence(error: unknown): string {
  if (error instanceof TransplantError) return error.text.happened;
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
}

/** What a check that stands on a login says when the login itself did not work. */
export function findingOf(error: unknown): Finding {
  if (error instanceof NoAccount) return noAccount(error);
  if (error instanceof TransplantError) return failed(error.text.happened, { text: error.text.next });
  return failed(sentence(error), { text: 'Check that the server runs and answers on this port.' });
}

/** What a check says that needs a connection which another check reports about. */
export function restsOn(error: unknown, checkId: string): Finding {
  if (error instanceof NoAccount) return noAccount(error);
  return notTried(`the connection it needs does not stand (see ${checkId}): ${sentence(error)}`);
}

function noAccount(error: NoAccount): Finding {
  return notTried(`${error.message}`, {
    text: `Set the account, then run this check again.`,
    script: {
      shell: 'transplant',
      where: 'this machine',
      code: `transplant account set FOREST ${error.purpose} --user USER --password-stdin`,
    },
  });
}
