/** A time as a `datetime-local` field holds it: in the person's zone, to the minute. */
export function toLocal(at: number): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** @returns ms since the epoch; the field's text is of the person's zone. */
export const fromLocal = (text: string): number => new Date(text).getTime();
