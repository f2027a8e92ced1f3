import { createContext, useContext } from 'react';
import { auditTexts } from './texts/audit.ts';
import { batchTexts } from './texts/batch.ts';
import { cutoverTexts } from './texts/cutover.ts';
import { foldersTexts } from './texts/folders.ts';
import { forestsTexts } from './texts/forests.ts';
import { frameTexts } from './texts/frame.ts';
import { listTexts } from './texts/list.ts';
import { matchesTexts } from './texts/matches.ts';
import { notificationsTexts } from './texts/notifications.ts';
import { overviewTexts } from './texts/overview.ts';
import { paletteTexts } from './texts/palette.ts';
import { planTexts } from './texts/plan.ts';
import { preflightTexts } from './texts/preflight.ts';
import { prepareTexts } from './texts/prepare.ts';
import { recipientsTexts } from './texts/recipients.ts';
import { reportsTexts } from './texts/reports.ts';
import { rulesTexts } from './texts/rules.ts';
import { settingsTexts } from './texts/settings.ts';
import { startTexts } from './texts/start.ts';
import { workersTexts } from './texts/workers.ts';

/**
 * Every text of the console, in one catalogue; a second language is a second object of the same type. Texts with figures
 * are functions, so that a language can order its words as it likes.
 */
export const en = {
  frame: frameTexts,
  batch: batchTexts,
  audit: auditTexts,
  cutover: cutoverTexts,
  folders: foldersTexts,
  forests: forestsTexts,
  list: listTexts,
  matches: matchesTexts,
  notifications: notificationsTexts,
  overview: overviewTexts,
  palette: paletteTexts,
  plan: planTexts,
  preflight: preflightTexts,
  prepare: prepareTexts,
  recipients: recipientsTexts,
  reports: reportsTexts,
  rules: rulesTexts,
  settings: settingsTexts,
  start: startTexts,
  workers: workersTexts,
};
export type Texts = typeof en;

export const TextsContext = createContext<Texts>(en);

/** The texts of the language in use. */
export function useTexts(): Texts {
  return useContext(TextsContext);
}
