import type { Command } from 'commander';
import { FORWARDING_MODES, type ForwardingMode } from '../../core/domain/cutover.ts';
import { UsageError } from '../../core/domain/errors.ts';
import { parseWindow, type WindowKind } from '../../core/domain/schedule.ts';
import type { Api } from '../context.ts';
import type { CommonOptions } from '../frame.ts';

/** What `batch create` and `batch set` take about times and the switch. */
export interface ScheduleOptions extends CommonOptions {
  startAt?: string;
  cutoverAt?: string;
  timeZone?: string;
  /** `--hold` and `--no-hold`; undefined when neither is given. */
  hold?: boolean;
  window?: string[];
  blackout?: string[];
  forwarding?: string;
  lock?: boolean;
}

export function withScheduleOptions(command: Command): Command {
  return command
    .option('--start-at <time>', 'start at this wall clock, such as 2026-03-29T22:00; none takes it away')
    .option('--cutover-at <time>', 'cut over at this wall clock; none takes it away')
    .option('--hold', 'wait for a person before the cutover')
    .option('--no-hold', 'do not wait any more')
    .option('--time-zone <zone>', 'IANA zone of these times, such as Europe/Oslo (default: of this machine)')
    .option('--window <when...>', 'work only then: "Mon-Fri 22:00-06:00 Europe/Oslo"')
    .option('--blackout <when...>', 'no work then: "2026-12-24T00:00..2026-12-27T00:00", or as --window')
    .option('--forwarding <mode>', `mail after the switch: ${FORWARDING_MODES.join(' or ')}`)
    .option('--lock', 'lock public folders for everybody before their last sync')
    .option('--no-lock', 'leave public folders open');
}

/** `--hold` and `--no-hold` share a name: commander says true for "neither" unless told otherwise. */
export function given(command: Command, name: 'hold' | 'lock'): boolean | undefined {
  return command.getOptionValueSource(name) === 'cli' ? command.opts<Record<string, boolean>>()[name] : undefined;
}

/** Everything is read before anything is written. @throws UsageError */
export function readSchedule(options: ScheduleOptions): {
  timeZone: string;
  windows: { kind: WindowKind; window: NonNullable<ReturnType<typeof parseWindow>> }[];
  forwarding: ForwardingMode | undefined;
} {
  const timeZone = options.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  const read = (kind: WindowKind, texts: readonly string[] = []) =>
    texts.map((text) => ({ kind, window: windowOf(text) }));
  return {
    timeZone,
    windows: [...read('open', options.window), ...read('blackout', options.blackout)],
    forwarding: forwardingOf(options.forwarding),
  };
}

export function windowOf(text: string): NonNullable<ReturnType<typeof parseWindow>> {
  const window = parseWindow(text);
  if (window) return window;
  throw new UsageError({
    tried: `read the window "${text}"`,
    happened: 'It is no window.',
    next: 'Write it like "Mon-Fri 22:00-06:00 Europe/Oslo", "daily 20:00-06:00" or "2026-12-24T00:00..2026-12-27T00:00".',
  });
}

function forwardingOf(text: string | undefined): ForwardingMode | undefined {
  const found = FORWARDING_MODES.find((mode) => mode === text);
  if (text === undefined || found) return found;
  throw new UsageError({
    tried: `set the forwarding to "${text}"`,
    happened: 'There is no such mode.',
    next: `Give one of: ${FORWARDING_MODES.join(', ')}`,
  });
}

const timeOf = (text: string | undefined) => (text === 'none' ? null : text);

/** Writes what the options say of times, windows and the switch. @returns lines for a person */
export async function applySchedule(
  api: Api,
  batch: string,
  options: ScheduleOptions,
  read: ReturnType<typeof readSchedule>,
): Promise<{ lines: string[]; json: unknown }> {
  const { startAt, cutoverAt, hold, lock } = options;
  const { timeZone, windows, forwarding } = read;
  if (forwarding !== undefined || lock !== undefined) {
    await api.cutover.setOptions({
      batch,
      ...(forwarding && { forwarding }),
      ...(lock !== undefined && { lockPublicFolders: lock }),
    });
  }
  for (const { kind, window } of windows) {
    const zone = window.zone ?? timeZone;
    await api.schedule.addWindow({ batch, kind, zone, rule: window.rule, reason: `of batch ${batch}` });
  }
  if (startAt !== undefined || cutoverAt !== undefined || hold !== undefined) {
    await api.schedule.set({ batch, startAt: timeOf(startAt), cutoverAt: timeOf(cutoverAt), timeZone, hold });
  }
  const shown = await api.schedule.show({ batch });
  return {
    json: { schedule: shown.schedule, windows: shown.windows },
    lines: shown.schedule.map(
      ({ kind, wall, zone, at, state }) =>
        `${WORDS[kind]}: ${wall} ${zone} (${new Date(at).toISOString()})${state === 'waiting' ? '' : `, ${STATE_WORDS[state]}`}`,
    ),
  };
}

const WORDS = { start: 'Starts', notice: 'People are told before', cutover: 'Is cut over' } as const;
const STATE_WORDS = { hold: 'waits for a person', done: 'done', missed: 'missed', waiting: '' } as const;
