import { formatBytes, formatCount, formatDuration, formatRate, formatShare } from '../../core/domain/format.ts';

/** The person's locale, for separators, dates and times. */
export const locale = navigator.language;

export const count = (value: number) => formatCount(value, locale);
export const bytes = (value: number) => formatBytes(value, locale);
export const rate = (perSecond: number) => formatRate(perSecond, locale);
export const duration = formatDuration;
export const share = formatShare;

/** A way to write times, made when it is first used: each takes milliseconds to make, and a screen uses one or two. */
function times(options: Intl.DateTimeFormatOptions): (at: number | Date) => string {
  let format: Intl.DateTimeFormat | undefined;
  return (at) => {
    format ??= new Intl.DateTimeFormat(locale, options);
    return format.format(at);
  };
}

/** The day alone. */
export const dateOf = times({ dateStyle: 'medium' });

/** Date and time to the second, in the person's zone. */
export const exactTime = times({ dateStyle: 'medium', timeStyle: 'medium' });

const clock = times({ hour: '2-digit', minute: '2-digit' });
const dayAndClock = times({ weekday: 'short', hour: '2-digit', minute: '2-digit' });

/** A time of day, with the day where it is not today's. */
export function timeOfDay(at: number): string {
  const same = new Date(at).toDateString() === new Date().toDateString();
  return (same ? clock : dayAndClock)(at);
}
