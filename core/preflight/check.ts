import type { CheckFacts, Finding, Remedy } from '../domain/checks.ts';

/** One check, ready to be run. */
export interface Check extends CheckFacts {
  /** ms after which it is given up as not tried; the run's limit unless given. */
  limitMs?: number;
  run(signal: AbortSignal): Promise<Finding>;
}

/** Headings of the requirements document that checks are taken from. */
export const REQUIREMENTS = {
  hardware: 'Requirements, Hardware Prerequisites',
  general: 'Requirements, General Installation Requirements',
  sql: 'Requirements, SQL Server Installation Requirements',
  sqlAccounts: 'Requirements, SQL Accounts and Permissions',
  tls: 'Requirements, TLS 1.2 Certification',
  exchange: 'Requirements, Certified Exchange versions',
  services: 'Requirements, Account Services',
  permissions: 'Requirements, Account Permissions',
  publicFolders: 'Requirements, Inter-Org Public Folder Migration Requirements',
  mailboxAccount: 'Requirements, Mailbox Migration Service Account Requirements',
  workers: 'Requirements, Worker Prerequisites',
  network: 'Requirements, Network Requirements',
  ours: 'Transplant',
} as const;

export function passed(...evidence: string[]): Finding {
  return { outcome: 'passed', evidence };
}
export function warning(evidence: string | string[], remedy: Remedy): Finding {
  return { outcome: 'warning', evidence: [evidence].flat(), remedy };
}
export function failed(evidence: string | string[], remedy: Remedy): Finding {
  return { outcome: 'failed', evidence: [evidence].flat(), remedy };
}
export function notApplicable(why: string): Finding {
  return { outcome: 'notApplicable', why };
}
export function notTried(why: string, remedy?: Remedy): Finding {
  return { outcome: 'notTried', why, ...(remedy ? { remedy } : {}) };
}

/** Something that several checks need: made at the first call, shared by all of them. */
export function shared<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    // Whoever awaits it hears of the failure; it is nobody's unhandled rejection.
    made.catch(() => undefined);
    return made;
  };
}
