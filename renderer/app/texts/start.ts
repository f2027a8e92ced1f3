import type { StepId } from '../../features/start/steps.ts';
import { held } from './held.ts';

export const startTexts = {
  title: 'Set up a project',
  sentence: 'From nothing to the first batch in six steps. Each can be left at any time and taken up later.',
  panel: 'The way to the first batch',
  done: '(done)',
  steps: {
    forests: {
      title: 'Add both forests',
      text: 'Where their directories and Exchange servers are, and whose certificates are trusted.',
      open: 'Forests',
    },
    accounts: {
      title: 'Set the accounts',
      text: 'One for the directory, Exchange and public folders of each forest, or one for all.',
      open: 'Accounts',
    },
    preflight: {
      title: 'Check what the move needs',
      text: 'Ports, certificates, rights and versions, each with its remedy.',
      open: 'Preflight',
    },
    discover: {
      title: 'Read both directories',
      text: 'Mailboxes, groups, contacts and public folders. Nothing is written.',
      open: 'Recipients',
    },
    match: {
      title: 'Match the recipients',
      text: 'Which source object is which target object; doubtful ones wait for you.',
      open: 'Matches',
    },
    batch: {
      title: 'Plan the first batch',
      text: 'By filters, or in waves that keep delegates together.',
      open: 'Plan',
    },
  } satisfies Record<StepId, { title: string; text: string; open: string }>,
  database: 'Database',
  databaseText:
    'Everything this project knows is kept here. Several consoles and workers share one SQL Server database.',
  embedded:
    'This is the database built in, in a file on this machine: good for trying things out and small projects. For a project with several machines, start the console with a SQL Server database:',
  sqlServer: 'This is a SQL Server database, which several consoles and workers can share.',
  dbCommand: 'transplant console --db mssql://SERVER/Transplant',
  test: 'Test another database',
  testUrl: 'Address',
  testUrlHint: 'mssql://SERVER/DATABASE, with integrated sign-in or a user in the address',
  tested: (server: string) => `It answers: ${held(server)}.`,
  practice: 'Try it on a practice lab',
  practiceText:
    'Two small Exchange organisations are started on this machine, with people, mail and public folders made up. Forests, accounts and a worker are filled in for you, and nothing real is touched.',
  practiceSize: (users: string, items: string, folders: string) =>
    `${users} people, ${items} items, ${folders} public folders`,
  practiceChoose: 'Size',
  practiceSizes: {
    small: (figures: string) => `Small: ${figures}; starts in seconds`,
    usual: (figures: string) => `Usual: ${figures}; half a minute`,
    large: (figures: string) => `Large: ${figures}; some minutes`,
  },
  startPractice: 'Start the practice lab',
  startAgain: 'Start the practice lab again',
  stopPractice: 'Stop the practice lab',
  starting: 'The lab is starting and being filled.',
  running: 'The lab is running. Both forests are filled in.',
  stoppedPractice: 'The practice lab is stopped; its forests do not answer until it is started again.',
  impossible: 'This console cannot start other programs. In a shell, start the lab with:',
  labCommand: 'transplant lab start --dir DIR --ready-file FILE',
  real: 'Real forests',
  realText: 'Addresses, certificates and accounts of the two organisations that are to be moved.',
  next: (title: string) => `Next: ${title}`,
};
