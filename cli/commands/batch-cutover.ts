import type { Command } from 'commander';
import { CUTOVER_STEP_WORDS } from '../../core/domain/cutover.ts';
import { formatCount } from '../../core/domain/format.ts';
import { type Api, withApi } from '../context.ts';
import { addCommand, type CommonOptions, type Result } from '../frame.ts';
import { table } from '../table.ts';
import { applySchedule, given, readSchedule, type ScheduleOptions, withScheduleOptions } from './batch-schedule.ts';

interface NoteOptions extends CommonOptions {
  mailbox?: string[];
  note: string;
}

/** Commands of the `batch` group about times, and about the steps of a cutover that a person takes. */
export function registerCutover(group: Command): void {
  addCommand<ScheduleOptions>(
    group,
    'set <name>',
    'times, windows, and how a batch is switched',
    withScheduleOptions,
    (options, args, command) =>
      set({ ...options, hold: given(command, 'hold'), lock: given(command, 'lock') } as ScheduleOptions, args[0] ?? ''),
  );
  const withNote = (c: Command) =>
    c
      .requiredOption('--note <text>', 'why; stands in the audit log')
      .option('--mailbox <address...>', 'only these members, by address or name');
  addCommand<NoteOptions>(
    group,
    'accept <name>',
    'accept what the comparison of a cutover found, and go on',
    withNote,
    (options, args) => accept(options, args[0] ?? ''),
  );
  addCommand<NoteOptions>(
    group,
    'sign-off <name>',
    'sign a batch off after its cutover; nothing of it can be undone then',
    withNote,
    (options, args) => signOff(options, args[0] ?? ''),
  );
}

async function set(options: ScheduleOptions, name: string): Promise<Result> {
  const read = readSchedule(options);
  return await withApi(options, async (api) => {
    const { json, lines } = await applySchedule(api, name, options, read);
    return { json, text: lines.length > 0 ? lines.join('\n') : `Nothing of "${name}" happens by itself.` };
  });
}

async function accept(options: NoteOptions, name: string): Promise<Result> {
  return await withApi(options, async (api) => {
    const result = await api.cutover.accept({
      batch: name,
      note: options.note,
      ...(options.mailbox && { mailboxes: options.mailbox }),
    });
    return { json: result, text: `${formatCount(result.accepted)} members go on with their cutover.` };
  });
}

async function signOff(options: NoteOptions, name: string): Promise<Result> {
  return await withApi(options, async (api) => {
    const result = await api.cutover.signOff({
      batch: name,
      note: options.note,
      ...(options.mailbox && { mailboxes: options.mailbox }),
    });
    return { json: result, text: `${formatCount(result.signed)} members of "${name}" are signed off.` };
  });
}

/** How far the cutover of a batch is, a line a step; nothing where none has begun. */
export async function cutoverText(
  api: Api,
  name: string,
): Promise<{ json: Awaited<ReturnType<Api['cutover']['show']>>; text: string }> {
  const view = await api.cutover.show({ batch: name });
  const begun = view.members.some(({ steps }) => steps.some(({ state }) => state !== 'pending'));
  if (!begun) return { json: view, text: '' };
  const text = table(view.steps, [
    { title: 'Step of the cutover', cell: (s) => CUTOVER_STEP_WORDS[s.step] },
    { title: 'Done', cell: (s) => `${formatCount(s.over)}/${formatCount(s.members)}`, right: true },
    { title: 'Running', cell: (s) => formatCount(s.running), right: true },
    { title: 'Failed', cell: (s) => formatCount(s.failed), right: true },
  ]);
  const failed = view.members.flatMap(({ displayName, steps }) =>
    steps
      .filter(({ state }) => state === 'failed')
      .map(({ step, reason }) => `${displayName}: ${CUTOVER_STEP_WORDS[step]}: ${reason ?? ''}`),
  );
  const signed = view.signedOff ? [`Signed off by ${view.signedOff.who}: ${view.signedOff.note}`] : [];
  return { json: view, text: [text.trimEnd(), ...failed, ...signed].join('\n') };
}
