/** Figures as people read them, the same in the console, the command line and the reports. */

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

/** Making a format takes a hundred times as long as using it, and a list shows thousands of figures. */
const formats = new Map<string, Intl.NumberFormat>();

function figure(value: number, locale: string, most: number, least = 0): string {
  const key = `${locale} ${most} ${least}`;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(locale, { maximumFractionDigits: most, minimumFractionDigits: least });
    formats.set(key, format);
  }
  return format.format(value);
}

/** `12,304` with the separators of the locale. */
export function formatCount(value: number, locale = 'en'): string {
  return figure(value, locale, 0);
}

/** Bytes in steps of 1024: `917 KB`, `1.4 GB`. One digit after the point below ten, none above. */
export function formatBytes(bytes: number, locale = 'en'): string {
  let value = Math.max(0, bytes);
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit > 0 && value < 9.95 ? 1 : 0;
  return `${figure(value, locale, digits, digits)} ${UNITS[unit]}`;
}

/** A share from 0 to 1 as whole percents; 100 % only when nothing is left. */
export function formatShare(share: number): string {
  const clamped = Math.min(1, Math.max(0, share));
  return `${clamped === 1 ? 100 : Math.min(99, Math.floor(clamped * 100))} %`;
}

/** A span of time, in ms, in its two largest units at most: `45 s`, `2 min`, `3 h 20 min`, `4 d 2 h`. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  const days = Math.floor(hours / 24);
  return hours % 24 === 0 ? `${days} d` : `${days} d ${hours % 24} h`;
}

/** Items a second: `41/s`, and `0.4/s` where it is slow. */
export function formatRate(perSecond: number, locale = 'en'): string {
  const digits = perSecond < 9.95 ? 1 : 0;
  return `${figure(perSecond, locale, digits)}/s`;
}
