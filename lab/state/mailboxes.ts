import { z } from 'zod';
import type { DelegateRecord, MailboxRecord, OutOfOffice, RuleRecord } from '../model.ts';
import { type LabDatabase, number, type Row, text } from './database.ts';
import { NotFoundError } from './errors.ts';

const outOfOffice = z.object({
  state: z.enum(['Disabled', 'Enabled', 'Scheduled']),
  audience: z.enum(['None', 'Known', 'All']),
  internal: z.string(),
  external: z.string(),
  start: z.number().nullable(),
  end: z.number().nullable(),
}) satisfies z.ZodType<OutOfOffice>;
const delegates = z.array(
  z.object({
    address: z.string(),
    displayName: z.string(),
    levels: z.object({
      calendar: z.string(),
      tasks: z.string(),
      inbox: z.string(),
      contacts: z.string(),
      notes: z.string(),
      journal: z.string(),
    }),
    receiveCopies: z.boolean(),
    viewPrivate: z.boolean(),
  }),
) satisfies z.ZodType<DelegateRecord[]>;
const rules = z.array(
  z.object({
    id: z.string(),
    name: z.string(),
    priority: z.number(),
    enabled: z.boolean(),
    conditionsXml: z.string(),
    exceptionsXml: z.string(),
    actionsXml: z.string(),
  }),
) satisfies z.ZodType<RuleRecord[]>;
const userConfiguration = z.record(
  z.string(),
  z.object({
    xml: z.string().optional(),
    dictionary: z.record(z.string(), z.string()).optional(),
    binary: z.string().optional(),
  }),
);
const kind = z.enum(['user', 'shared', 'room', 'equipment', 'linked', 'service', 'publicFolders']);

const OFF: OutOfOffice = { state: 'Disabled', audience: 'None', internal: '', external: '', start: null, end: null };

/** Rows of mailboxes; their folders are made by who calls. */
export class Mailboxes {
  readonly #db: LabDatabase;

  constructor(db: LabDatabase) {
    this.#db = db;
  }

  all(): MailboxRecord[] {
    return this.#db.all("SELECT * FROM mailbox WHERE kind <> 'publicFolders' ORDER BY num").map(toMailbox);
  }

  find(addressOrId: string): MailboxRecord | undefined {
    const row =
      this.#db.get('SELECT * FROM mailbox WHERE id = ?', addressOrId) ??
      this.#db.get('SELECT * FROM mailbox WHERE address = ?', addressOrId.toLowerCase());
    return row && toMailbox(row);
  }

  insert(m: Pick<MailboxRecord, 'id' | 'address' | 'displayName' | 'kind' | 'hasArchive'>): MailboxRecord {
    this.#db.run(
      `INSERT INTO mailbox (id, address, display_name, kind, has_archive, out_of_office, delegates, rules,
        user_configuration) VALUES (?, ?, ?, ?, ?, ?, '[]', '[]', '{}')`,
      m.id,
      m.address.toLowerCase(),
      m.displayName,
      m.kind,
      m.hasArchive ? 1 : 0,
      JSON.stringify(OFF),
    );
    return this.need(m.id);
  }

  update(id: string, change: Partial<MailboxRecord>): void {
    const m = { ...this.need(id), ...change };
    this.#db.run(
      `UPDATE mailbox SET address = ?, display_name = ?, kind = ?, has_archive = ?, out_of_office = ?, delegates = ?,
        rules = ?, user_configuration = ? WHERE id = ?`,
      m.address.toLowerCase(),
      m.displayName,
      m.kind,
      m.hasArchive ? 1 : 0,
      JSON.stringify(m.outOfOffice),
      JSON.stringify(m.delegates),
      JSON.stringify(m.rules),
      JSON.stringify(m.userConfiguration),
      id,
    );
  }

  need(id: string): MailboxRecord {
    const found = this.find(id);
    if (!found) throw new NotFoundError('mailbox', id);
    return found;
  }
}

function toMailbox(row: Row): MailboxRecord {
  return {
    id: text(row, 'id'),
    address: text(row, 'address'),
    displayName: text(row, 'display_name'),
    kind: kind.parse(row.kind),
    hasArchive: number(row, 'has_archive') === 1,
    outOfOffice: outOfOffice.parse(JSON.parse(text(row, 'out_of_office'))),
    delegates: delegates.parse(JSON.parse(text(row, 'delegates'))),
    rules: rules.parse(JSON.parse(text(row, 'rules'))),
    userConfiguration: userConfiguration.parse(JSON.parse(text(row, 'user_configuration'))),
  };
}
