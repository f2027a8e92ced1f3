import { z } from 'zod';
import { UsageError } from '../../domain/errors.ts';
import { CLEARABLE, type ForestConfig, forestConfigSchema, forestRoleSchema } from '../../domain/forest.ts';
import { ACCOUNT_PURPOSES, type AccountPurpose } from '../../domain/words.ts';
import { addressOf, type Endpoint, forestEndpoints } from '../../preflight/endpoints.ts';
import { findAccount, listAccounts, setAccount } from '../../store/accounts.ts';
import { appendAudit } from '../../store/audit.ts';
import { type ForestReferences, forestReferences, removeForest } from '../../store/forest-removal.ts';
import { addForest, type Forest, getForest, listForests, updateForestConfig } from '../../store/forests.ts';
import type { ApiContext } from '../context.ts';
import { procedure, router } from '../trpc.ts';

const nameSchema = z.string().trim().min(1).max(100);
/** Every field is optional: what is not named stays as it is. */
const changeSchema = forestConfigSchema.partial().extend({
  pins: forestConfigSchema.shape.pins.unwrap().optional(),
  smtpDomains: forestConfigSchema.shape.smtpDomains.unwrap().optional(),
});

/** How long a server may take to show its certificate, in ms. */
const HANDSHAKE_MS = 5_000;

/** What a server shows in its handshake, and whether it may be spoken to. */
export interface ServerTrust {
  service: Endpoint['service'];
  /** host:port */
  server: string;
  outcome: 'trusted' | 'pinned' | 'untrusted' | 'unreachable';
  /** Why, in one sentence; empty when trusted. */
  reason: string;
  /** SHA-256 of the certificate, hex, and what it says of itself, when it was seen. */
  fingerprint?: string;
  subject?: string;
  issuer?: string;
  validTo?: number;
}

/** A forest with its accounts, never their passwords. */
async function view(ctx: ApiContext, forest: Forest) {
  const accounts = await listAccounts(ctx.store, forest.id);
  return {
    ...forest,
    accounts: accounts.map(({ purpose, userName, updatedAt, secretId }) => ({
      purpose,
      userName,
      updatedAt,
      hasPassword: secretId !== undefined,
    })),
  };
}
export type ForestView = Awaited<ReturnType<typeof view>>;

/** The authorities are long and public: the audit log names how many there are. */
const audited = (config: ForestConfig) => ({
  ...config,
  caPem: config.caPem && `${config.caPem.split('BEGIN CERTIFICATE').length - 1} certificates`,
});

const who = (ctx: ApiContext) => ({ who: ctx.actor.user, host: ctx.actor.host, correlation: ctx.correlation });

async function change(ctx: ApiContext, forest: Forest, wanted: z.infer<typeof changeSchema>): Promise<Forest> {
  const config = forestConfigSchema.parse({
    ...forest.config,
    // An address that a person gives was not found by anybody.
    ...(wanted.ewsUrl !== undefined && { ewsFound: undefined }),
    ...wanted,
    pins: [...new Set([...forest.config.pins, ...(wanted.pins ?? [])])],
  });
  await ctx.store.db.transaction().execute(async (trx) => {
    await updateForestConfig(ctx.store, forest.id, config, trx);
    const entry = { before: audited(forest.config), after: audited(config) };
    await appendAudit(ctx.store, [{ ...who(ctx), action: 'forest.change', object: forest.name, ...entry }], trx);
  });
  return { ...forest, config };
}

export const forestsRouter = router({
  list: procedure.query(async ({ ctx }) => {
    const forests = await listForests(ctx.store);
    return await Promise.all(forests.map((forest) => view(ctx, forest)));
  }),

  show: procedure
    .input(z.object({ name: nameSchema }))
    .query(async ({ ctx, input }) => await view(ctx, await getForest(ctx.store, input.name))),

  add: procedure
    .input(z.object({ name: nameSchema, role: forestRoleSchema, config: forestConfigSchema }))
    .mutation(async ({ ctx, input }) => {
      const forest = await ctx.store.db.transaction().execute(async (trx) => {
        const added = await addForest(ctx.store, input, trx);
        const after = { role: input.role, ...audited(input.config) };
        await appendAudit(ctx.store, [{ ...who(ctx), action: 'forest.add', object: input.name, after }], trx);
        return added;
      });
      return await view(ctx, forest);
    }),

  /**
   * Changes how a forest is reached. Pins are added to those there are; `dropPins` takes all old ones off. `clear` names
   * what is not given any more.
   */
  change: procedure
    .input(
      z.object({
        name: nameSchema,
        config: changeSchema,
        clear: z.array(z.enum(CLEARABLE)).default([]),
        dropPins: z.boolean().default(false),
      }),
    )
    .mutation(async ({ ctx, input }) => {
      const forest = await getForest(ctx.store, input.name);
      const gone = Object.fromEntries(input.clear.map((name) => [name, undefined]));
      const config = { ...forest.config, ...gone, ...(input.dropPins && { pins: [] }) };
      return await view(ctx, await change(ctx, { ...forest, config }, input.config));
    }),

  /** What a removal would take with it, and what stands against it. */
  references: procedure
    .input(z.object({ name: nameSchema }))
    .query(async ({ ctx, input }): Promise<ForestReferences> => {
      return await forestReferences(await getForest(ctx.store, input.name), ctx.store.db);
    }),

  remove: procedure.input(z.object({ name: nameSchema })).mutation(async ({ ctx, input }) => {
    const forest = await getForest(ctx.store, input.name);
    const { accounts, recipients, matches, spentChanges } = await ctx.store.db.transaction().execute(async (trx) => {
      const gone = await removeForest(ctx.store, forest, trx);
      const before = { role: forest.role, ...audited(forest.config) };
      const gives = { accounts: gone.accounts, recipients: gone.recipients, matches: gone.matches };
      const entry = { before: { ...before, ...gives, changes: gone.spentChanges } };
      await appendAudit(ctx.store, [{ ...who(ctx), action: 'forest.remove', object: forest.name, ...entry }], trx);
      return gone;
    });
    return { removed: forest.name, accounts, recipients, matches, changes: spentChanges };
  }),

  /** Stores an account, its password sealed. `pins` and `caPem` are added to what the forest trusts. */
  setAccount: procedure
    .input(
      z.object({
        forest: nameSchema,
        purpose: z.enum(ACCOUNT_PURPOSES),
        user: z.string().trim().min(1).max(300),
        password: z.string().min(1),
        /** The exchange account is an application; its `user` is the application's id. */
        oauth: forestConfigSchema.shape.oauth,
        trust: changeSchema.pick({ pins: true, caPem: true }).optional(),
      }),
    )
    .mutation(async ({ ctx, input }) => {
      const forest = await getForest(ctx.store, input.forest);
      const { purpose, user, password, oauth } = input;
      if (oauth) await checkApplication(forest, purpose, oauth.credential, password);
      const before = await findAccount(ctx.store, forest.id, purpose);
      const keyring = await ctx.keyring();
      await ctx.store.db.transaction().execute(async (trx) => {
        await setAccount(ctx.store, trx, keyring, { forestId: forest.id, purpose, userName: user, password });
        const entry = { before: before && { user: before.userName }, after: { user } };
        const object = `${forest.name} ${purpose}`;
        await appendAudit(ctx.store, [{ ...who(ctx), action: 'account.set', object, ...entry }], trx);
      });
      const { pins, caPem } = input.trust ?? {};
      // A password takes the place of an application, and the other way round.
      const kind = purpose === 'exchange' && JSON.stringify(oauth) !== JSON.stringify(forest.config.oauth);
      if (!pins?.length && !caPem && !kind) return await view(ctx, forest);
      return await view(ctx, await change(ctx, forest, { pins, ...(caPem && { caPem }), ...(kind && { oauth }) }));
    }),

  /** Looks for the EWS address by Autodiscover and keeps it with how it was found. */
  findEws: procedure
    .input(
      z.object({
        name: nameSchema,
        mailbox: z.email().optional(),
        allowHosts: z.array(z.string().min(1).max(255)).max(20).default([]),
        timeoutMs: z.int().positive().max(60_000).optional(),
      }),
    )
    .mutation(async ({ ctx, input }) => {
      const { findEws } = await import('../find-ews.ts');
      const forest = await getForest(ctx.store, input.name);
      const { url, how, steps } = await findEws(ctx, forest, input);
      const ewsFound = { how, at: await ctx.store.now() };
      const changed = await change(ctx, forest, { ewsUrl: url, ewsFound });
      return { forest: await view(ctx, changed), found: { url, how, steps } };
    }),

  /** Looks at the certificates of a forest's servers, of one purpose or all. Trusts nothing by itself. */
  trust: procedure
    .input(z.object({ name: nameSchema, purpose: z.enum(ACCOUNT_PURPOSES).optional() }))
    .query(async ({ ctx, input }) => {
      const wanted = input.purpose && SERVICES[input.purpose];
      const endpoints = forestEndpoints(await getForest(ctx.store, input.name));
      const chosen = endpoints.filter(({ service }) => wanted === undefined || wanted.includes(service));
      return await Promise.all(chosen.map(trustOf));
    }),
});

/** @throws UsageError when an application is set for something else, or its certificate cannot be used */
async function checkApplication(
  forest: Forest,
  purpose: AccountPurpose,
  credential: 'secret' | 'certificate',
  password: string,
): Promise<void> {
  if (purpose !== 'exchange') {
    throw new UsageError({
      tried: `set the ${purpose} account of forest ${forest.name}`,
      happened: 'An application signs in to Exchange only.',
      next: 'Give a user and a password for this purpose.',
    });
  }
  if (credential !== 'certificate') return;
  const { certificateOf } = await import('../../exchange/ews/oauth.ts');
  certificateOf(password);
}

const SERVICES: Record<AccountPurpose, readonly Endpoint['service'][]> = {
  directory: ['LDAP', 'Global catalog'],
  exchange: ['EWS'],
  'public-folders': ['EWS'],
  smtp: ['SMTP'],
  proxy: [],
};

async function trustOf(endpoint: Endpoint): Promise<ServerTrust> {
  const { probeCertificate } = await import('../../preflight/tls/certificate.ts');
  const where = { service: endpoint.service, server: addressOf(endpoint) };
  try {
    const facts = await probeCertificate(endpoint, HANDSHAKE_MS);
    const { fingerprint, subject, issuer, validTo } = facts;
    const seen = { ...where, fingerprint, subject, issuer, validTo };
    if (facts.pinned) return { ...seen, outcome: 'pinned', reason: '' };
    if (facts.untrusted)
      return { ...seen, outcome: 'untrusted', reason: `No authority vouches for it (${facts.untrusted}).` };
    if (!facts.nameFits) return { ...seen, outcome: 'untrusted', reason: `It is not made for ${endpoint.host}.` };
    return { ...seen, outcome: 'trusted', reason: '' };
  } catch (error) {
    const why = error instanceof Error ? ('code' in error ? String(error.code) : error.message) : 'no answer';
    return { ...where, outcome: 'unreachable', reason: `It could not be asked (${why}).` };
  }
}
