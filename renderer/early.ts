import { overviewTexts } from './app/texts/overview.ts';
import { type Overview, sentenceOf } from './features/overview/sentence.ts';

/*
 * Runs before the program has been read, as a file of its own. What the frame and the first screen show is asked for at
 * once, and is there when the program is (rpc/early.ts takes the answers); the sentence that says how things stand is
 * written into the first screen as the page brought it (first-screen.tsx), which the program then draws over.
 */

/** What the program finds here. */
export interface Early {
  /** Answers by path; whoever takes one takes it out. */
  answers: Map<string, Promise<Response>>;
  /** Kept when the sentence stands in the first screen; undefined on another screen. */
  said: Promise<void> | undefined;
}

const SHOW = '/api/overview.show';
const home = location.pathname === '/';
const paths = [...(home ? [SHOW] : []), '/api/status.frame', '/api/status.cursor'];

const answers = new Map(
  paths.map((path) => {
    const answer = fetch(path, { headers: { 'x-transplant-call': '1' } });
    // Whoever takes it hears of a failure; here it is nobody's.
    answer.catch(() => undefined);
    return [path, answer];
  }),
);

/** The colours that somebody chose, where the theme's provider keeps them; without a choice those of the system. */
const chosen = localStorage.getItem('mui-mode');
if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.scheme = chosen;

/** Nothing is said where something went wrong: the program tells of that in its place. */
async function say(answer: Promise<Response>): Promise<void> {
  const response = (await answer).clone();
  if (!response.ok) return;
  const { result } = (await response.json()) as { result: { data: Overview } };
  if (document.readyState === 'loading') {
    await new Promise((ready) => document.addEventListener('readystatechange', ready, { once: true }));
  }
  const place = document.querySelector('#root > [inert] main [role=status]');
  if (place) place.textContent = sentenceOf(result.data, overviewTexts);
}

const shown = answers.get(SHOW);
const said = shown && say(shown).catch(() => undefined);
(globalThis as { early?: Early }).early = { answers, said };
