import type { OutOfOffice } from '../../exchange/settings.ts';
import { compared, type SettingCheck, type SettingsScene } from './check.ts';

/**
 * Automatic replies. Before the last sync the texts are carried with the replies off, so that a mailbox that nobody works
 * in yet answers no one; the last sync switches them on as they are in the source.
 */
export async function outOfOfficeChecks({ job, source, target, live }: SettingsScene): Promise<SettingCheck[]> {
  const { signal } = job.context;
  const [there, here] = await Promise.all([source.outOfOffice({ signal }), target.outOfOffice({ signal })]);
  const wanted: OutOfOffice = live ? there : { ...there, state: 'Disabled' };
  const a = comparable(wanted);
  const b = comparable(here);
  const details = (Object.keys(a) as (keyof typeof a)[]).filter((key) => a[key] !== b[key]);
  return [
    compared({ kind: 'outOfOffice', name: '' }, { wanted: a, present: b, details }, () =>
      target.setOutOfOffice(wanted, job.writing),
    ),
  ];
}

const MINUTE = 60_000;

/** Servers round times to the minute, and make up a time where replies are not scheduled. */
function comparable(value: OutOfOffice) {
  const time = (ms: number | null): number | null =>
    value.state === 'Scheduled' && ms !== null ? Math.floor(ms / MINUTE) : null;
  return {
    state: value.state,
    audience: value.audience,
    start: time(value.start),
    end: time(value.end),
    internal: words(value.internal),
    external: words(value.external),
  };
}

/** What people read: servers clean the HTML of replies in ways of their own. */
function words(html: string): string {
  return html
    .replace(/<(style|script|head)\b[\s\S]*?<\/\1\s*>/giu, ' ')
    .replace(/<[^>]*>/gu, ' ')
    .replace(/&nbsp;|&#160;/giu, ' ')
    .replace(/\s+/gu, ' ')
    .trim();
}
