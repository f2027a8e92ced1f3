import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { UsageError } from '../../core/domain/errors.ts';
import type { MapiMessage } from '../../core/domain/mapi/model.ts';
import { icalToMessages } from '../convert/ical-in.ts';
import { ConvertError } from '../convert/mime-error.ts';
import { mimeToMessage } from '../convert/mime-in.ts';

export interface Unreadable {
  /** Path below the corpus folder. */
  file: string;
  /** A name such as `brokenCalendar`, and a sentence. */
  reason: string;
  detail: string;
}

export interface Corpus {
  mails: MapiMessage[];
  /** Appointments and tasks. */
  calendars: MapiMessage[];
  /** Files nothing could be read of. */
  unparsable: Unreadable[];
  /** Files of which a part could not be read; the rest is placed. */
  partial: Unreadable[];
  files: number;
}

/** Reads every .eml and .ics file below a folder. Throws UsageError when the folder cannot be read. */
export async function readCorpus(folder: string): Promise<Corpus> {
  const corpus: Corpus = { mails: [], calendars: [], unparsable: [], partial: [], files: 0 };
  for (const path of await corpusFiles(folder)) {
    const file = relative(folder, path);
    corpus.files++;
    try {
      const bytes = await readFile(path);
      if (/\.eml$/i.test(path)) corpus.mails.push(await mimeToMessage(bytes));
      else {
        const { messages, problems } = icalToMessages(decodeText(bytes));
        corpus.calendars.push(...messages);
        for (const detail of problems) corpus.partial.push({ file, reason: 'brokenPart', detail });
      }
    } catch (error) {
      if (!(error instanceof ConvertError)) throw error;
      corpus.unparsable.push({ file, reason: error.reason, detail: error.message });
    }
  }
  return corpus;
}

async function corpusFiles(folder: string): Promise<string[]> {
  let entries: string[];
  try {
    entries = await readdir(folder, { recursive: true });
  } catch (cause) {
    throw new UsageError(
      {
        tried: `read the corpus in ${folder}`,
        happened: 'The folder does not exist or may not be read.',
        next: 'Give a folder with .eml and .ics files.',
      },
      { cause },
    );
  }
  return entries
    .filter((name) => /\.(eml|ics)$/i.test(name))
    .sort()
    .map((name) => join(folder, name));
}

/** iCalendar is UTF-8; files that are not are read as Windows-1252. */
function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}
