import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import type { State } from '../../core/domain/words.ts';
import type { Outputs } from '../rpc/client.ts';
import { toast } from './Toasts.tsx';
import { useTexts } from './texts.ts';

/** What the desktop shell offers (electron/preload.ts); missing in a browser. */
interface Shell {
  notify(message: { title: string; body: string; place: string }): void;
  badge(message: { count: number }): void;
  onGo(listener: (place: string) => void): void;
}
const shell = (globalThis as { transplantShell?: Shell }).transplantShell;
export const inShell = shell !== undefined;

type Frame = Outputs['status']['frame'];
const RUNS: ReadonlySet<State> = new Set(['waiting', 'syncing', 'cuttingOver']);

/** The batches that ran a moment ago and do not any more. */
export function endings(before: Frame['batches'], now: Frame['batches']): Frame['batches'] {
  const ran = new Set(before.filter(({ state }) => RUNS.has(state)).map(({ id }) => id));
  return now.filter(({ id, state }) => ran.has(id) && !RUNS.has(state));
}

/** Says by the system that a batch has ended, and keeps the count of open decisions at the program's sign. */
export function useEndings(frame: Frame | undefined): void {
  const { frame: t, batch } = useTexts();
  const navigate = useNavigate();
  const go = useRef<(to: string) => void>(() => undefined);
  go.current = (to) => void navigate({ to });
  const before = useRef<Frame['batches']>(undefined);
  useEffect(() => shell?.onGo((to) => go.current(to)), []);
  useEffect(() => {
    if (!frame) return;
    for (const one of endings(before.current ?? frame.batches, frame.batches)) {
      const title = t.ended(one.name, batch.states[one.state]);
      toast(title);
      tell(title, `/batches/${one.id}`, (to) => go.current(to));
    }
    before.current = frame.batches;
    const { batchDecisions, workersWaiting, conflicts, blocking } = frame.waiting;
    shell?.badge({ count: batchDecisions + workersWaiting + conflicts + blocking });
  }, [frame, t, batch]);
}

/** Whoever looks at the page sees it there; the others are told by the system, if they allowed it. */
function tell(title: string, place: string, go: (to: string) => void): void {
  if (document.hasFocus()) return;
  if (shell) shell.notify({ title: title.slice(0, 200), body: '', place });
  else if ('Notification' in globalThis && Notification.permission === 'granted') {
    const note = new Notification(title, { tag: place });
    note.onclick = () => {
      window.focus();
      go(place);
    };
  }
}
