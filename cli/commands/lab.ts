import { type Command, InvalidArgumentError } from 'commander';
import type { LabOrganisation } from '../../lab/start.ts';
import { addCommand, type CommonOptions } from '../frame.ts';

interface StartOptions extends CommonOptions {
  dir: string;
  readyFile?: string;
  seed?: number;
  users?: number;
  items?: number;
  folders?: number;
  corpus?: string;
  virtual?: number;
  virtualItems?: number;
  largeItem?: number[];
  maxRequest?: number;
  faults?: string;
}

/** `transplant lab`: two Exchange organisations on this machine, for practice and tests. */
export function register(program: Command): void {
  const lab = program.command('lab').description('two Exchange organisations on this machine, for practice');
  addCommand<StartOptions>(
    lab,
    'start',
    'start the lab and keep it running until Ctrl-C or `lab stop`',
    (command) =>
      command
        .requiredOption('--dir <dir>', 'folder of its data; a new folder is filled first')
        .option('--ready-file <file>', 'written when both organisations answer: addresses, accounts, certificate')
        .option('--seed <n>', 'the same number makes the same people and items (default: 1)', whole(0))
        .option('--users <n>', 'people with a mailbox in the source (default: 24)', whole(1))
        .option('--items <n>', 'items in the source (default: 2400)', whole(0))
        .option('--folders <n>', 'public folders in the source (default: 220)', whole(1))
        .option('--corpus <dir>', 'folder of .eml and .ics files to use')
        .option('--virtual <gb>', 'one more mailbox of so many GB, simulated: it takes no room', whole(1))
        .option('--virtual-items <n>', 'how many items these GB are (default: 4000 a GB)', whole(1))
        .option('--large-item <mb...>', 'one more item of so many MB in the first mailbox', each(whole(1)))
        .option('--max-request <mb>', 'largest request that EWS takes, in MB (default: 64)', whole(1))
        .option('--faults <file>', 'rules for faults to bring about'),
    async (options) => {
      const { runLab } = await import('../../lab/main.ts');
      const { dir, readyFile, seed, users, items, folders, corpus, faults } = options;
      const virtual = options.virtual === undefined ? undefined : simulated(options.virtual, options.virtualItems);
      const largeItems = options.largeItem?.map((mb) => mb * 1_000_000);
      const { maxRequest } = options;
      const ews = maxRequest === undefined ? undefined : { maxRequestBytes: maxRequest * 1024 * 1024 };
      const given = { readyFile, seed, users, items, folders, corpus, faults, virtual, largeItems, ews };
      await runLab({
        dir,
        ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
        progress: (text) => process.stderr.write(`${text}\n`),
        ready: (organisations) => {
          const text = options.json ? JSON.stringify({ organisations }) : describe(organisations);
          process.stdout.write(`${text}\n`);
        },
      });
      return undefined;
    },
  );
  addCommand<CommonOptions & { dir: string }>(
    lab,
    'stop',
    'stop the lab of a folder and wait until it has ended',
    (command) => command.requiredOption('--dir <dir>', 'folder of its data'),
    async ({ dir }) => {
      const { stopLab } = await import('../../lab/control.ts');
      const stopped = await stopLab(dir);
      return { json: { stopped }, text: stopped ? `The lab in ${dir} has ended.` : `No lab runs in ${dir}.` };
    },
  );
}

function whole(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || !Number.isSafeInteger(value))
      throw new InvalidArgumentError(`A whole number from ${least} up.`);
    return value;
  };
}

/** A repeatable option. */
function each(parse: (text: string) => number): (text: string, before: number[] | undefined) => number[] {
  return (text, before) => [...(before ?? []), parse(text)];
}

/** Items of 250 KB on average, as archives have them. */
function simulated(gigabytes: number, items = gigabytes * 4000): { items: number; bytes: number } {
  return { items, bytes: gigabytes * 1e9 };
}

/** For a person: where the two are and who may log on; the passwords stand in the ready file. */
function describe(organisations: readonly LabOrganisation[]): string {
  const lines = organisations.flatMap((one) => [
    one.name,
    `  EWS          ${one.ewsUrl}`,
    `  LDAP         ${one.ldapUrl}   ${one.baseDn}`,
    `  SMTP         ${one.smtp.host}:${one.smtp.port} (STARTTLS), ${one.smtp.implicitTlsPort} (TLS)`,
    `  certificate  ${one.certificateSha256}   CA in ${one.caFile}`,
    `  account      ${one.serviceAccount.user}; ${one.mailboxes.length} mailboxes`,
  ]);
  return [...lines, 'Ctrl-C or `transplant lab stop` ends it.'].join('\n');
}
