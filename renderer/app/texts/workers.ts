import { held } from './held.ts';
export const workersTexts = {
  title: 'Workers',
  sentence: (f: { working: number; away: number; waiting: number; total: number }) => {
    if (f.total === 0) return 'No worker has enrolled yet; without one nothing is copied.';
    const parts = [`${f.working} of ${f.total} workers answer`];
    if (f.waiting > 0) parts.push(`${f.waiting} ${f.waiting === 1 ? 'waits' : 'wait'} for approval`);
    if (f.away > 0) parts.push(`${f.away} ${f.away === 1 ? 'does' : 'do'} not answer`);
    return `${parts.join(', ')}.`;
  },
  empty: 'No worker has enrolled yet.',
  emptyNext:
    'A worker is this same program on any machine that reaches both forests. It enrols and waits for you here:',
  command: 'transplant worker run --db mssql://SERVER/DATABASE',
  columns: {
    name: 'Machine',
    state: 'State',
    running: 'Tasks',
    rate: 'Rate',
    memory: 'Memory',
    disk: 'Disk free',
    seen: 'Last seen',
    version: 'Version',
    kind: 'Kind',
  },
  kinds: { worker: 'Worker', console: 'Console' },
  states: { waiting: 'Waits for approval', approved: 'Working', draining: 'Draining', away: 'Does not answer' },
  consoleState: 'Approved',
  approve: 'Approve',
  approveTitle: (name: string) => `Let ${held(name)} in?`,
  approveText:
    'It will be able to open the stored passwords and to work on both forests. Compare the fingerprint with the one that the machine itself shows; approve it only if they are the same.',
  approved: (name: string) => `${held(name)} is approved.`,
  drain: 'Drain',
  drained: (name: string) => `${held(name)} finishes what it has and takes nothing new.`,
  undrain: 'Let it work again',
  undrained: (name: string) => `${held(name)} works again.`,
  remove: 'Remove',
  removeTitle: (name: string) => `Take ${held(name)} off the project?`,
  removeText:
    'Its tasks go back to the others, and all stored passwords are sealed anew under a key that it does not have.',
  removed: (name: string) => `${held(name)} is removed.`,
  fingerprint: 'Key fingerprint',
  host: 'Host',
  system: 'System',
  cores: 'Processors',
  enrolled: 'Enrolled',
  approvedBy: 'Approved by',
  log: 'Warnings and errors',
  noLog: 'It has reported no trouble.',
  of: (used: string, total: string) => `${used} of ${total}`,
  consoles: 'Consoles',
};
