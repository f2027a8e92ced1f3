import { type Check, failed, passed, REQUIREMENTS } from '../check.ts';
import { addressOf } from '../endpoints.ts';
import type { PreflightEnvironment, PreflightForest } from '../environment.ts';
import { findingOf } from '../explain.ts';
import { askFolder } from './exchange-calls.ts';

/** What the Exchange organisations are and allow. */
export function exchangeChecks(environment: PreflightEnvironment): Check[] {
  return environment.forests
    .filter((forest) => forest.forest.config.ewsUrl)
    .flatMap((forest) => [connectCheck(forest)]);
}

function connectCheck(forest: PreflightForest): Check {
  const endpoint = forest.endpoint('EWS');
  return {
    id: 'exchange.connect',
    group: 'exchange',
    title: 'Exchange Web Services answer the exchange account',
    object: `${endpoint ? addressOf(endpoint) : ''} (${forest.forest.name})`,
    requirement: {
      text: 'A mailbox-enabled service account with access to Exchange.',
      source: REQUIREMENTS.mailboxAccount,
    },
    how: "GetFolder of the root of the account's own mailbox over verified TLS.",
    blocks: true,
    async run(signal) {
      try {
        // A server that is away is asked once here; the client behind it would try again for a while.
        await endpoint?.certificate();
        const client = await forest.exchange();
        const answer = await askFolder(client, 'msgfolderroot', signal);
        const version = answer.version ? `server version ${answer.version}` : 'the server does not tell its version';
        if (!answer.error) return passed(version, `schema ${client.version}`);
        return failed([answer.error.message, version], {
          text: 'The service account needs a mailbox of its own: enable it, and log on to it once.',
        });
      } catch (error) {
        return findingOf(error);
      }
    },
  };
}
