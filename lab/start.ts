import { resolve } from 'node:path';
import { UsageError } from '../core/domain/errors.ts';
import { LabCa } from './ca.ts';
import { claim } from './control.ts';
import type { EwsOptions } from './ews/context.ts';
import { loadFaults } from './faults.ts';
import { discardData, type LabState, readState, writeState } from './lab-state.ts';
import { type OpenedOrganisation, openData, type ServedOrganisation, serve } from './organisation.ts';
import { ORGANISATIONS, people, type Side, targetPeople } from './seed/people.ts';
import { SEED_DEFAULTS, type SeedReport } from './seed/seed-content.ts';
import { seedLab, simulated } from './seeding.ts';
import type { Peer } from './smtp/server.ts';

export interface LabOptions {
  /** Folder of the lab's state; made where it is not there. */
  dir: string;
  /** For a new lab; one that is there keeps what it was made with. */
  seed?: number;
  /** People with a mailbox in the source; rooms, equipment and shared mailboxes come on top. */
  users?: number;
  /** Items over all mailboxes and public folders of the source. */
  items?: number;
  /** Public folders of the source. */
  folders?: number;
  /** Folder of .eml and .ics files to use beside what is made up. */
  corpus?: string;
  /** One more mailbox that is simulated: items made from their number, so that 100 GB take no room. */
  virtual?: { items: number; bytes: number };
  /** Single large items in the first mailbox, bytes each. */
  largeItems?: number[];
  /** File of fault rules. */
  faults?: string;
  ews?: Partial<EwsOptions>;
  /** Is told what is being done, for a person who waits. */
  progress?: (text: string) => void;
}

/** One organisation as the ready file tells of it. */
export interface LabOrganisation {
  name: Side;
  smtpDomain: string;
  ewsUrl: string;
  ldapUrl: string;
  globalCatalogUrl: string;
  smtp: { host: string; port: number; implicitTlsPort: number };
  caFile: string;
  certificateSha256: string;
  baseDn: string;
  serviceAccount: { user: string; password: string };
  administrator: { user: string; password: string };
  mailboxes: { user: string; password: string }[];
}

export interface Lab {
  organisations: LabOrganisation[];
  /** What became of the files of a corpus; undefined where the lab was made without one. */
  corpus: LabState['corpus'];
  /** Ends when `transplant lab stop` asks for it; who started the lab then closes it. */
  stopAsked: Promise<void>;
  /** Stops all servers and closes the files. */
  close(): Promise<void>;
}

const host = '127.0.0.1';
const sides: readonly Side[] = ['source', 'target'];
const defaults = SEED_DEFAULTS;

/**
 * Starts both organisations, making and seeding them where the folder is new.
 * @throws UsageError when the folder is in use or of another version, or the faults file is wrong
 */
export async function startLab(options: LabOptions): Promise<Lab> {
  const dir = resolve(options.dir);
  const faults = options.faults === undefined ? undefined : await loadFaults(options.faults);
  const progress = options.progress ?? (() => {});
  const control = await claim(dir);
  const opened: OpenedOrganisation[] = [];
  const served = new Map<Side, ServedOrganisation>();
  const close = async () => {
    for (const one of served.values()) await one.close();
    served.clear();
    for (const one of opened.splice(0)) one.close();
    await control.release();
  };
  try {
    const state = stateFor(dir, options);
    if (!state.complete) discardData(dir);
    writeState(dir, state);
    const ca = await LabCa.open(dir, 'Transplant lab CA');
    for (const side of sides) opened.push(openData(dir, side, state.seed));
    if (!state.complete) {
      progress(`Making ${state.users} people, ${state.items} items and ${state.folders} public folders …`);
      const report = await seedLab(opened, { ...state, corpus: options.corpus, progress });
      if (report?.corpus) state.corpus = corpusReport(report.corpus);
      writeState(dir, { ...state, complete: true });
    }
    const peer = (domain: string) => peerFor(domain, served, ca);
    for (const data of opened) {
      const one = await serve(data, { ca, ports: state.ports[data.side], faults, ews: options.ews, peer });
      served.set(data.side, one);
      state.ports[data.side] = one.ports;
    }
    writeState(dir, { ...state, complete: true });
    const organisations = opened.flatMap((data) => {
      const one = served.get(data.side);
      return one ? [describe(data, one, ca, state)] : [];
    });
    return { organisations, corpus: state.corpus, stopAsked: control.stopAsked, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A lab that is there is started as it was made; asking for another one by the way is refused. */
function stateFor(dir: string, options: LabOptions): LabState {
  const before = readState(dir);
  const { virtual, largeItems } = options;
  const extra = { ...(virtual ? { virtual } : {}), ...(largeItems ? { largeItems } : {}) };
  const wanted = { ...defaults, ...definedOf(options), ...extra };
  if (!before?.complete) return { version: 1, ...wanted, complete: false, ports: before?.ports ?? {} };
  for (const key of ['seed', 'users', 'items', 'folders'] as const) {
    const asked = options[key];
    if (asked !== undefined && asked !== before[key])
      throw new UsageError({
        tried: `start the lab in ${dir} with --${key} ${asked}`,
        happened: `It was made with ${before[key]}.`,
        next: `Leave --${key} out, or name an empty folder for a new lab.`,
      });
  }
  return before;
}

function definedOf(options: LabOptions): Partial<Pick<LabState, keyof typeof defaults>> {
  const { seed, users, items, folders } = options;
  return Object.fromEntries(Object.entries({ seed, users, items, folders }).filter(([, value]) => value !== undefined));
}

function corpusReport(corpus: NonNullable<SeedReport['corpus']>): NonNullable<LabState['corpus']> {
  const named = (list: typeof corpus.unparsable) =>
    list.map(({ file, reason, detail }) => ({ file, why: `${reason}: ${detail}` }));
  return {
    used: corpus.files - corpus.unparsable.length,
    unparsable: named(corpus.unparsable),
    partial: named(corpus.partial),
  };
}

function peerFor(domain: string, served: ReadonlyMap<Side, ServedOrganisation>, ca: LabCa): Peer | undefined {
  const side = sides.find((one) => ORGANISATIONS[one].smtpDomain === domain);
  const port = side && served.get(side)?.ports.smtp;
  return port === undefined ? undefined : { host, port, ca: ca.pem };
}

function describe(data: OpenedOrganisation, served: ServedOrganisation, ca: LabCa, state: LabState): LabOrganisation {
  const { smtpDomain, dnsName } = ORGANISATIONS[data.side];
  const { ports, certificateSha256 } = served;
  const huge = state.virtual ? simulated(state) : [];
  const persons =
    data.side === 'source' ? [...people(state.seed, state.users), ...huge] : targetPeople(state.seed, state.users);
  const { serviceAccount, administratorPassword } = data.forest;
  return {
    name: data.side,
    smtpDomain,
    ewsUrl: `https://${host}:${ports.ews}/EWS/Exchange.asmx`,
    ldapUrl: `ldaps://${host}:${ports.ldap}`,
    globalCatalogUrl: `ldaps://${host}:${ports.globalCatalog}`,
    smtp: { host, port: ports.smtp, implicitTlsPort: ports.smtps },
    caFile: ca.file,
    certificateSha256,
    baseDn: data.directory.names.baseDn,
    serviceAccount: { user: `${serviceAccount.name}@${dnsName}`, password: serviceAccount.password },
    administrator: { user: `administrator@${dnsName}`, password: administratorPassword },
    mailboxes: persons.map((person) => ({ user: person.address, password: person.password })),
  };
}
