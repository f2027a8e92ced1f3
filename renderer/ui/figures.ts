import { formatBytes, formatCount, formatDuration, formatRate, formatShare } from '../../core/domain/format.ts';

/** The person's locale, for separators, dates and times. */
export const locale = navigator.language;

export const count = (value: number) => formatCount(value, locale);
export const bytes = (value: number) => formatBytes(value, locale);
export const rate = (perSecond: number) => formatRate(perSecond, locale);
export const duration = formatDuration;
export const share = formatShare;

const exact = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' });
const clock = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' });
const dayAndClock = new Intl.DateTimeFormat(locale, { weekday: 'short', hour: '2-digit', minute: '2-digit' });

const day = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' });
/** The day alone. */
export const dateOf = (at: number) => day.format(at);

/** Date and time to the second, in the person's zone. */
export const exactTime = (at: number) => exact.format(at);

/** A time of day, with the day where it is not today's. */
export function timeOfDay(at: number): string {
  const same = new Date(at).toDateString() === new Date().toDateString();
  return (same ? clock : dayAndClock).format(at);
}
