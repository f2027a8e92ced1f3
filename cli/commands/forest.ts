import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { ForestView } from '../../core/api/routers/forests.ts';
import { TransplantError, UsageError } from '../../core/domain/errors.ts';
import { forestRoleSchema } from '../../core/domain/forest.ts';
import { withApi } from '../context.ts';
import { addCommand, type CommonOptions, type Result } from '../frame.ts';
import { table } from '../table.ts';

interface ReachOptions extends CommonOptions {
  ldap?: string;
  ldapStandby?: string[];
  referralHost?: string[];
  ldif?: string;
  gc?: string;
  ews?: string;
  smtp?: string;
  pin?: string[];
  ca?: string;
  smtpDomain?: string[];
  proxy?: string;
  proxyBypass?: string[];
}

interface FindOptions extends CommonOptions {
  mailbox?: string;
  allowHost?: string[];
}

interface AddOptions extends ReachOptions {
  role: string;
}

interface ChangeOptions extends ReachOptions {
  dropPins?: boolean;
}

export function register(program: Command): void {
  const group = program.command('forest').description('the two Exchange forests and how they are reached');
  addCommand<AddOptions>(
    group,
    'add <name>',
    'add a forest',
    (c) => reachOptions(c.requiredOption('--role <role>', 'source or target')),
    (options, args) => add(options, args[0] ?? ''),
  );
  addCommand<ChangeOptions>(
    group,
    'change <name>',
    'change how a forest is reached; what is not named stays',
    (c) => reachOptions(c).option('--drop-pins', 'forget the fingerprints that were trusted before'),
    (options, args) => change(options, args[0] ?? ''),
  );
  addCommand<FindOptions>(
    group,
    'find-ews <name>',
    'find the EWS address by Autodiscover: service connection points, plain XML, SOAP, version 2',
    (c) =>
      c
        .option('--mailbox <address>', 'a mailbox of the forest to ask for')
        .option('--allow-host <host...>', 'hosts outside the forest’s domains that may be asked and believed'),
    (options, args) => findEws(options, args[0] ?? ''),
  );
  addCommand<CommonOptions>(group, 'list', 'every forest', (c) => c, list);
  addCommand<CommonOptions>(
    group,
    'show <name>',
    'one forest with its accounts',
    (c) => c,
    (options, args) =>
      withApi(options, async (api) => {
        const forest = await api.forests.show({ name: args[0] ?? '' });
        return { json: shown(forest), text: describe(forest) };
      }),
  );
  addCommand<CommonOptions>(
    group,
    'remove <name>',
    'remove a forest with its accounts, passwords, recipients and matches from the database',
    (c) => c,
    (options, args) => remove(options, args[0] ?? ''),
  );
}

function reachOptions(command: Command): Command {
  return command
    .option('--ldap <url>', 'directory: ldaps://dc1.source.example, or ldap:// with StartTLS')
    .option(
      '--ldap-standby <url...>',
      'further domain controllers of the domain, asked in this order where the first fails',
    )
    .option('--referral-host <host...>', 'hosts that a referral of the directory may lead to')
    .option('--ldif <file>', 'read the directory from an LDIF export instead')
    .option('--gc <url>', 'global catalog')
    .option('--ews <url>', 'Exchange Web Services: https://mail.source.example/EWS/Exchange.asmx')
    .option('--smtp <host:port>', 'the server that takes mail for the forest')
    .option(
      '--pin <[host=]sha256...>',
      'trust the certificate with this fingerprint at this host; without a host at all of the forest',
    )
    .option('--ca <file>', 'trust these authorities too (PEM)')
    .option('--smtp-domain <domain...>', 'mail domains of the forest')
    .option(
      '--proxy <url>',
      'HTTP proxy towards Exchange: http://proxy.example:3128; its account has the purpose proxy',
    )
    .option('--proxy-bypass <host...>', 'hosts, .domains and networks that are reached directly');
}

/** The options as the router takes them; files are read here, because the router may run elsewhere. */
async function reach(options: ReachOptions) {
  const { ldap, gc, ews, ldif, smtp, pin, smtpDomain } = options;
  return {
    ...(ldap !== undefined && { ldapUrl: ldap }),
    ...(options.ldapStandby && { ldapStandbys: options.ldapStandby }),
    ...(options.referralHost && { referralHosts: options.referralHost }),
    ...(gc !== undefined && { gcUrl: gc }),
    ...(ews !== undefined && { ewsUrl: ews }),
    ...(ldif !== undefined && { ldifFile: await existing(ldif) }),
    ...(smtp !== undefined && { smtp: hostAndPort(smtp) }),
    ...(options.ca !== undefined && { caPem: await readCertificates(options.ca) }),
    ...(pin && { pins: pin }),
    ...(smtpDomain && { smtpDomains: smtpDomain }),
    ...(options.proxy !== undefined && { proxy: options.proxy }),
    ...(options.proxyBypass && { proxyBypass: options.proxyBypass }),
  };
}

async function existing(file: string): Promise<string> {
  const path = resolve(file);
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile()) return path;
  throw new UsageError({ tried: `read ${path}`, happened: 'There is no such file.', next: 'Check the name.' });
}

/** @throws UsageError when the file holds no certificate */
export async function readCertificates(file: string): Promise<string> {
  const text = await readFile(await existing(file), 'utf8');
  const found = text.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g);
  if (found) return `${found.join('\n')}\n`;
  throw new UsageError({
    tried: `read certificates from ${file}`,
    happened: 'It holds none in PEM form.',
    next: 'Convert it: openssl x509 -inform der -in FILE -out FILE.pem',
  });
}

function hostAndPort(text: string): { host: string; port: number } {
  const match = /^\[?(.+?)\]?(?::(\d+))?$/.exec(text);
  return { host: match?.[1] ?? text, port: Number(match?.[2] ?? 25) };
}

async function add(options: AddOptions, name: string): Promise<Result> {
  const role = forestRoleSchema.safeParse(options.role);
  if (!role.success) {
    throw new UsageError({
      tried: `add the forest ${name}`,
      happened: `A role named ${options.role} does not exist.`,
      next: 'Use --role source or --role target.',
    });
  }
  const config = await reach(options);
  return await withApi(
    options,
    async (api) => {
      let forest = await api.forests.add({ name, role: role.data, config });
      // Without an account only what answers strangers can be asked; the rest is asked when the account is set.
      const found = config.ewsUrl || config.ldifFile || !config.smtpDomains ? undefined : await tryToFind(api, name);
      if (found?.forest) forest = found.forest;
      const next = `Set its accounts next, for example: transplant account set ${name} exchange --user U --password-stdin`;
      return { json: shown(forest), text: `${describe(forest)}${next}` };
    },
    { create: true },
  );
}

type Api = Parameters<Parameters<typeof withApi>[1]>[0];

/** Time in ms for each server that is asked by the way. */
const BY_THE_WAY_MS = 4_000;

/** Looks for EWS where nobody asked for it: what fails is said, and is no failure of the command. */
export async function tryToFind(
  api: Api,
  name: string,
): Promise<{ forest?: ForestView; ews: { url: string; how: string } | null; text: string }> {
  try {
    const { forest, found } = await api.forests.findEws({ name, timeoutMs: BY_THE_WAY_MS });
    const ews = { url: found.url, how: found.how };
    return { forest, ews, text: `EWS was found: ${found.url}\n  ${found.how}` };
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    if (!(cause instanceof TransplantError)) throw error;
    return { ews: null, text: `EWS was not found: ${cause.text.happened} ${cause.text.next}` };
  }
}

async function findEws(options: FindOptions, name: string): Promise<Result> {
  return await withApi(options, async (api) => {
    const { forest, found } = await api.forests.findEws({
      name,
      ...(options.mailbox !== undefined && { mailbox: options.mailbox }),
      allowHosts: options.allowHost ?? [],
    });
    const steps = found.steps.map((step) => `  ${step}`).join('\n');
    return { json: { ...shown(forest), found }, text: `${found.url}\n${found.how}\n\n${steps}` };
  });
}

async function change(options: ChangeOptions, name: string): Promise<Result> {
  const config = await reach(options);
  return await withApi(options, async (api) => {
    const forest = await api.forests.change({ name, config, dropPins: options.dropPins === true });
    return { json: shown(forest), text: describe(forest) };
  });
}

async function list(options: CommonOptions): Promise<Result> {
  return await withApi(options, async (api) => {
    const forests = await api.forests.list();
    const text = forests.length
      ? table(forests, [
          { title: 'Forest', cell: (forest) => forest.name },
          { title: 'Role', cell: (forest) => forest.role },
          { title: 'Directory', cell: ({ config }) => config.ldapUrl ?? config.ldifFile ?? '-' },
          { title: 'EWS', cell: ({ config }) => config.ewsUrl ?? '-' },
          { title: 'Accounts', cell: ({ accounts }) => accounts.map(({ purpose }) => purpose).join(', ') || '-' },
        ])
      : 'No forest yet. Add one with: transplant forest add NAME --role source|target';
    return { json: { forests: forests.map(shown) }, text };
  });
}

async function remove(options: CommonOptions, name: string): Promise<Result> {
  return await withApi(options, async (api) => {
    if (!options.yes) {
      const { accounts, recipients, matches, spentChanges } = await api.forests.references({ name });
      throw new UsageError({
        tried: `remove the forest ${name}`,
        happened: `These go from the database with it: ${goods(accounts, recipients, matches, spentChanges)}.`,
        next: 'Call again with --yes if that is meant. Nothing is changed in the forest itself.',
      });
    }
    const removed = await api.forests.remove({ name });
    const { accounts, recipients, matches, changes } = removed;
    const text = `Forest ${removed.removed} was removed, with ${goods(accounts, recipients, matches, changes)}.`;
    return { json: removed, text };
  });
}

function goods(accounts: number, recipients: number, matches: number, changes: number): string {
  const told = [
    `${accounts} accounts with their passwords`,
    `${recipients} recipients`,
    `${matches} matches`,
    `${changes} directory changes that were never made or are undone`,
  ];
  return told.filter((text) => !text.startsWith('0 ')).join(', ') || 'nothing else';
}

/** The forest for `--json`: times as ISO 8601, authorities as their number. */
function shown({ config, createdAt, accounts, ...rest }: ForestView) {
  const { caPem, ...reached } = config;
  return {
    ...rest,
    ...reached,
    authorities: caPem ? caPem.split('BEGIN CERTIFICATE').length - 1 : 0,
    createdAt: new Date(createdAt).toISOString(),
    accounts: accounts.map(({ updatedAt, ...account }) => ({
      ...account,
      updatedAt: new Date(updatedAt).toISOString(),
    })),
  };
}

function describe(forest: ForestView): string {
  const { config } = forest;
  const lines: [string, string | undefined][] = [
    ['Role', forest.role],
    ['Directory', config.ldapUrl],
    ['LDIF', config.ldifFile],
    ['Global catalog', config.gcUrl],
    ['EWS', config.ewsUrl],
    ['  found by', config.ewsFound && `${config.ewsFound.how}, ${new Date(config.ewsFound.at).toISOString()}`],
    ['Application', config.oauth && `${config.oauth.tenant}, by ${config.oauth.credential}`],
    ['Proxy', config.proxy && [config.proxy, ...(config.proxyBypass ?? []).map((host) => `not ${host}`)].join(', ')],
    ['SMTP', config.smtp && `${config.smtp.host}:${config.smtp.port}`],
    ['Domains', config.smtpDomains.join(', ') || undefined],
    ['Pinned', config.pins.join(', ') || undefined],
    ['Authorities', config.caPem && `${config.caPem.split('BEGIN CERTIFICATE').length - 1} of its own`],
    ...forest.accounts.map(({ purpose, userName }): [string, string] => [`Account, ${purpose}`, userName]),
  ];
  const told = lines.flatMap(([word, value]) => (value === undefined ? [] : [`  ${word.padEnd(24)}${value}`]));
  return `Forest ${forest.name}\n${told.join('\n')}\n`;
}
