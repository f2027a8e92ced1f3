import ICAL from 'ical.js';

/** The first value of a property; undefined where it has none or one that cannot be read. */
export function valueOfProperty(property: ICAL.Property | null): unknown {
  try {
    return property?.getFirstValue() ?? undefined;
  } catch {
    // ical.js reads values when they are asked for; one bad date must not cost the event.
    return undefined;
  }
}

/** All values of a property that can be read. */
export function valuesOfProperty(property: ICAL.Property): unknown[] {
  try {
    return property.getValues();
  } catch {
    return [];
  }
}

/** The text of a component's first property of that name; empty where there is none. */
export function textOf(component: ICAL.Component, name: string): string {
  const value = valueOfProperty(component.getFirstProperty(name));
  return value === undefined ? '' : String(value);
}

/** A whole number that fits 31 bits; 0 for anything else. */
export function wholeNumber(text: string): number {
  const value = Number.parseInt(text, 10);
  return Number.isSafeInteger(value) && value >= 0 && value < 2 ** 31 ? value : 0;
}

/** Content lines of a text with folded ones joined (RFC 5545 3.1). */
export function contentLines(text: string): string[] {
  return text
    .replace(/(\r\n|\r|\n)[ \t]/g, '')
    .split(/\r\n|\r|\n/)
    .filter((line) => line !== '');
}

/** The lines that can be read, and how many cannot. BEGIN and END stay as they are. */
export function readableLines(text: string): { text: string; dropped: number } {
  const kept: string[] = [];
  let dropped = 0;
  for (const line of contentLines(text)) {
    if (/^(BEGIN|END):/i.test(line) || isReadable(line)) kept.push(line);
    else dropped++;
  }
  return { text: `${kept.join('\r\n')}\r\n`, dropped };
}

function isReadable(line: string): boolean {
  try {
    ICAL.Property.fromString(line);
    return true;
  } catch {
    return false;
  }
}
