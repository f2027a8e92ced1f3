import type { Command } from 'commander';
import { ExitStatus, UsageError } from '../../core/domain/errors.ts';
import { formatCount } from '../../core/domain/format.ts';
import { NOTIFICATION_OCCASIONS, type NotificationOccasion } from '../../core/domain/notification.ts';
import { FOREST_ROLES } from '../../core/domain/words.ts';
import { withApi } from '../context.ts';
import { addCommand, type CommonOptions, type Result } from '../frame.ts';
import { clean, table } from '../table.ts';

interface SendOptions extends CommonOptions {
  occasion?: string;
  mailbox?: string[];
  preview?: boolean;
  again?: boolean;
}

interface SettingsOptions extends CommonOptions {
  enable?: boolean;
  disable?: boolean;
  from?: string;
  helpContact?: string;
  hoursBefore?: string;
  language?: string;
  via?: string;
  security?: string;
  timeZone?: string;
}

export function register(program: Command): void {
  const group = program.command('notify').description('mails to the people whose mailboxes move');
  addCommand<SettingsOptions>(
    group,
    'settings',
    'who sends the mails, by which server; shows what holds now',
    (c) =>
      c
        .option('--enable', 'send mails')
        .option('--disable', 'send none')
        .option('--from <address>', 'the sender')
        .option('--help-contact <text>', 'whom people ask')
        .option('--hours-before <hours>', 'how long before the cutover the first mail goes out')
        .option('--language <language>', 'for people whose language has no template')
        .option('--via <role>', `whose mail server and smtp account: ${FOREST_ROLES.join(' or ')}`)
        .option('--security <how>', 'starttls or implicit; there is no mail without TLS')
        .option('--time-zone <zone>', 'of dates in mails, where the schedule names none'),
    settings,
  );
  addCommand<SendOptions>(
    group,
    'send <batch>',
    'send the mails of an occasion; nobody gets one twice',
    (c) =>
      c
        .option('--occasion <occasion>', `one of: ${NOTIFICATION_OCCASIONS.join(', ')} (default: before)`)
        .option('--mailbox <address...>', 'only these members, by address or name')
        .option('--preview', 'show who would get what, and send nothing')
        .option('--again', 'also those that failed, or of which nobody knows whether they arrived'),
    (options, args) => send(options, args[0] ?? ''),
  );
  addCommand<SendOptions>(
    group,
    'log <batch>',
    'every mail of a batch, and why one was not sent',
    (c) => c.option('--occasion <occasion>', `one of: ${NOTIFICATION_OCCASIONS.join(', ')}`),
    (options, args) => log(options, args[0] ?? ''),
  );
}

function occasionOf(text: string): NotificationOccasion {
  const found = NOTIFICATION_OCCASIONS.find((one) => one === text);
  if (found) return found;
  throw new UsageError({
    tried: `find the mails for "${text}"`,
    happened: 'There is no such occasion.',
    next: `Give one of: ${NOTIFICATION_OCCASIONS.join(', ')}`,
  });
}

async function settings(options: SettingsOptions): Promise<Result> {
  return await withApi(options, async (api) => {
    const before = await api.notifications.show();
    const { from, helpContact, language, timeZone } = options;
    const next = {
      ...before,
      ...(options.enable && { enabled: true }),
      ...(options.disable && { enabled: false }),
      ...(from !== undefined && { from }),
      ...(helpContact !== undefined && { helpContact }),
      ...(options.hoursBefore !== undefined && { hoursBefore: Number(options.hoursBefore) }),
      ...(language !== undefined && { defaultLanguage: language }),
      ...(options.via !== undefined && { via: options.via as typeof before.via }),
      ...(options.security !== undefined && { security: options.security as typeof before.security }),
      ...(timeZone !== undefined && { timeZone }),
    };
    const changed = JSON.stringify(next) !== JSON.stringify(before);
    const now = changed ? await api.notifications.save(next) : before;
    const lines = [
      now.enabled ? 'Mails are sent.' : 'No mails are sent.',
      `From ${now.from || '(nobody yet)'} by the server of the ${now.via} forest, ${now.security === 'implicit' ? 'TLS' : 'STARTTLS'}.`,
      `The first one goes out ${now.hoursBefore} hours before the cutover.`,
      `Templates: ${now.templates.map((t) => `${t.language} ${t.occasion}`).join(', ')}; else ${now.defaultLanguage}.`,
    ];
    return { json: now, text: lines.join('\n') };
  });
}

async function send(options: SendOptions, batch: string): Promise<Result> {
  const occasion = occasionOf(options.occasion ?? 'before');
  const members = options.mailbox && { mailboxes: options.mailbox };
  return await withApi(options, async (api) => {
    if (options.preview) {
      const preview = await api.notifications.plan({ batch, occasion, ...members });
      const none = preview.mails.filter(({ mail }) => !mail).length;
      const first = preview.mails.find(({ mail }) => mail)?.mail;
      const text = [
        table(preview.mails, [
          { title: 'To', cell: (m) => m.address },
          { title: 'Language', cell: (m) => m.mail?.language ?? '-' },
          { title: 'Subject', cell: (m) => m.mail?.subject ?? 'no template fits' },
          { title: 'Sent', cell: (m) => m.row?.state ?? 'not yet' },
        ]),
        ...(first ? [`To ${first.to}:\n${clean(first.subject)}\n\n${first.body}`] : []),
        'Nothing was sent.',
      ].join('\n');
      return { json: preview, text, exitStatus: none > 0 ? ExitStatus.findings : ExitStatus.done };
    }
    const result = await api.notifications.send({ batch, occasion, again: options.again === true, ...members });
    return {
      json: result,
      text: `${formatCount(result.queued)} mails are in the queue; workers send them. See: transplant notify log "${batch}"`,
    };
  });
}

async function log(options: SendOptions, batch: string): Promise<Result> {
  const occasion = options.occasion === undefined ? undefined : occasionOf(options.occasion);
  return await withApi(options, async (api) => {
    const result = await api.notifications.log({ batch, ...(occasion && { occasion }) });
    const trouble = result.mails.some(({ state }) => state === 'failed' || state === 'unknown');
    return {
      json: result,
      text:
        result.mails.length === 0
          ? 'No mail yet.'
          : table(result.mails, [
              { title: 'To', cell: (m) => m.address },
              { title: 'Occasion', cell: (m) => m.occasion },
              { title: 'State', cell: (m) => m.state },
              { title: 'Why', cell: (m) => m.reason ?? '', max: 80 },
            ]),
      exitStatus: trouble ? ExitStatus.findings : ExitStatus.done,
    };
  });
}
