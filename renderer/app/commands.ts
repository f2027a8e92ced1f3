import { useColorScheme } from '@mui/material/styles';
import type { Outputs } from '../rpc/client.ts';
import { PLACES } from './places.tsx';
import { useTexts } from './texts.ts';

/** A line of the command palette: a place to go to or a thing to do. */
export interface Command {
  id: string;
  group: 'places' | 'actions' | 'batches' | 'members' | 'recipients' | 'forests' | 'machines';
  label: string;
  note?: string;
  to?: { to: string; search?: Record<string, unknown>; params?: Record<string, unknown> };
  run?: () => void;
}

/** What can always be done. */
export function useCommands(): Command[] {
  const texts = useTexts();
  const { setMode } = useColorScheme();
  const { palette: t } = texts;
  return [
    ...PLACES.map(
      (place): Command => ({
        id: `place ${place.path}`,
        group: 'places',
        label: place.label(texts),
        to: { to: place.path },
      }),
    ),
    { id: 'start', group: 'actions', label: texts.start.title, to: { to: '/start' } },
    { id: 'ports', group: 'actions', label: t.ports, to: { to: '/preflight', search: { tab: 'ports' } } },
    { id: 'conflicts', group: 'actions', label: t.conflicts, to: { to: '/matches', search: { state: 'conflict' } } },
    { id: 'targets', group: 'actions', label: t.targets, to: { to: '/recipients', search: { side: 'target' } } },
    { id: 'light', group: 'actions', label: texts.frame.lightScheme, run: () => setMode('light') },
    { id: 'dark', group: 'actions', label: texts.frame.darkScheme, run: () => setMode('dark') },
    { id: 'system', group: 'actions', label: texts.frame.systemScheme, run: () => setMode('system') },
  ];
}

/** What was found by name, each with the way to it. */
export function useFound(found: Outputs['search']['all'] | undefined): Command[] {
  const { forests: t } = useTexts();
  if (!found) return [];
  return [
    ...found.batches.map(
      ({ id, name }): Command => ({
        id: `batch ${id}`,
        group: 'batches',
        label: name,
        to: { to: '/batches/$batchId', params: { batchId: id } },
      }),
    ),
    ...found.workloads.map(
      ({ id, displayName, batchId, batch }): Command => ({
        id: `workload ${id}`,
        group: 'members',
        label: displayName,
        note: batch,
        to: { to: '/batches/$batchId', params: { batchId }, search: { row: id } },
      }),
    ),
    ...found.recipients.map(
      ({ id, displayName, mail, role }): Command => ({
        id: `recipient ${id}`,
        group: 'recipients',
        label: displayName,
        note: `${t.roles[role]}${mail ? `, ${mail}` : ''}`,
        to: { to: '/recipients', search: { side: role, row: id, q: displayName.slice(0, 200) } },
      }),
    ),
    ...found.forests.map(
      ({ name, role }): Command => ({
        id: `forest ${name}`,
        group: 'forests',
        label: name,
        note: t.roles[role],
        to: { to: '/forests', search: { edit: name } },
      }),
    ),
    ...found.machines.map(
      ({ name }): Command => ({ id: `machine ${name}`, group: 'machines', label: name, to: { to: '/workers' } }),
    ),
  ];
}
