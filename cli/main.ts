import { Command, CommanderError } from 'commander';
import { ExitStatus } from '../core/domain/errors.ts';
import { printError, withCommonOptions } from './frame.ts';

/** Each group of commands registers itself; a group's libraries load only when one of its commands runs. */
const groups: (() => Promise<{ register(program: Command): void }>)[] = [
  () => import('./commands/db.ts'),
  () => import('./commands/forest.ts'),
  () => import('./commands/account.ts'),
  () => import('./commands/discover.ts'),
  () => import('./commands/match.ts'),
  () => import('./commands/prepare.ts'),
  () => import('./commands/plan.ts'),
  () => import('./commands/batch.ts'),
  () => import('./commands/folders.ts'),
  () => import('./commands/schedule.ts'),
  () => import('./commands/notify.ts'),
  () => import('./commands/preflight.ts'),
  () => import('./commands/status.ts'),
  () => import('./commands/verify.ts'),
  () => import('./commands/bad-items.ts'),
  () => import('./commands/report.ts'),
  () => import('./commands/worker.ts'),
  () => import('./commands/demo.ts'),
  () => import('./commands/console.ts'),
  () => import('./commands/app.ts'),
  () => import('./commands/audit.ts'),
  () => import('./commands/lab.ts'),
];

/** The `transplant` command. Sets process.exitCode; a wrong call is 2. */
export async function main(argv: string[]): Promise<void> {
  // A reader that has seen enough (`| head`) closes the pipe: that is no defect, and nothing is left to say to it.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    throw error;
  });
  const program = new Command('transplant')
    .description('Moves mailboxes and public folders between Exchange forests, and proves that nothing was lost.')
    .version('0.1.0')
    .exitOverride()
    .enablePositionalOptions()
    .showHelpAfterError('(transplant --help lists the commands)');
  withCommonOptions(program);
  for (const load of groups) (await load()).register(program);
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) process.exitCode = printError(error, false);
    else if (error.exitCode === 0) process.exitCode = ExitStatus.done;
    else process.exitCode = wrongCall(error, argv);
  }
}

/** The parser has told a person already; a script that asked for JSON gets its one document too. */
function wrongCall(error: CommanderError, argv: readonly string[]): ExitStatus {
  // The demo's --json names a file.
  if (argv.includes('--json') && argv[0] !== 'demo') {
    const happened = error.message.replace(/^error: /, '');
    const text = { tried: 'understand the call', happened, next: 'Look at the command with --help and call again.' };
    process.stdout.write(`${JSON.stringify({ error: { name: 'UsageError', ...text } })}\n`);
  }
  return ExitStatus.usage;
}
