import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { ServerTrust } from '../../core/api/routers/forests.ts';
import { ExitStatus, UsageError } from '../../core/domain/errors.ts';
import { ACCOUNT_PURPOSES, type AccountPurpose } from '../../core/domain/words.ts';
import { withApi } from '../context.ts';
import { addCommand, type CommonOptions, type Result, readSecret } from '../frame.ts';
import { readCertificates, tryToFind } from './forest.ts';

interface SetOptions extends CommonOptions {
  user?: string;
  oauthTenant?: string;
  clientId?: string;
  certificate?: string;
  oauthAuthority?: string;
  oauthScope?: string;
  passwordStdin?: boolean;
  passwordEnv?: string;
  pin?: string[];
  ca?: string;
  check: boolean;
}

export function register(program: Command): void {
  const group = program.command('account').description('the service accounts of the forests');
  addCommand<SetOptions>(
    group,
    'set <forest> <purpose>',
    `store an account of a forest; purposes: ${ACCOUNT_PURPOSES.join(', ')}`,
    (c) =>
      c
        .option('--user <user>', 'DOMAIN\\user, user@domain, or a DN for the directory')
        .option('--oauth-tenant <tenant>', 'sign in to Exchange as an application of this tenant (id or domain)')
        .option('--client-id <id>', 'the application; its secret comes like a password')
        .option('--certificate <file>', 'its private key and certificate (PEM) in place of a secret')
        .option('--oauth-authority <url>', 'where tokens are made; https://login.microsoftonline.com unless given')
        .option('--oauth-scope <scope>', 'what the token is for; that of the EWS server unless given')
        .option('--password-stdin', 'read the password from standard input')
        .option('--password-env <name>', 'read the password from this environment variable')
        .option(
          '--pin <[host=]sha256...>',
          'trust the certificate with this fingerprint at this host; without a host at all of the forest',
        )
        .option('--ca <file>', 'trust these authorities too (PEM)')
        .option('--no-check', "do not look at the servers' certificates"),
    (options, args) => set(options, args[0] ?? '', args[1] ?? ''),
  );
  addCommand<CommonOptions>(
    group,
    'new-key',
    'start over with a new key when no console has the old one: passwords are entered again, workers approved again',
    (c) => c,
    newKey,
  );
}

async function set(options: SetOptions, forest: string, purposeText: string): Promise<Result> {
  const purpose = ACCOUNT_PURPOSES.find((one) => one === purposeText);
  if (!purpose) {
    throw new UsageError({
      tried: `set the account ${purposeText} of forest ${forest}`,
      happened: 'There is no such purpose.',
      next: `Name one of: ${ACCOUNT_PURPOSES.join(', ')}.`,
    });
  }
  const trust = {
    ...(options.pin && { pins: options.pin }),
    ...(options.ca !== undefined && { caPem: await readCertificates(options.ca) }),
  };
  const { user, oauth } = identity(options, forest, purpose);
  const password =
    options.certificate === undefined
      ? await readSecret(options, `${user} in forest ${forest}`)
      : await readPem(options.certificate);
  return await withApi(options, async (api) => {
    const set = await api.forests.setAccount({ forest, purpose, user, password, trust, ...(oauth && { oauth }) });
    const looksForEws = purpose === 'exchange' || purpose === 'directory';
    const { ewsUrl, ldapUrl, smtpDomains } = set.config;
    const ews =
      options.check && looksForEws && ewsUrl === undefined && (ldapUrl !== undefined || smtpDomains.length > 0)
        ? await tryToFind(api, forest)
        : undefined;
    const servers = options.check ? await api.forests.trust({ name: forest, purpose }) : [];
    const untrusted = servers.some(({ outcome }) => outcome === 'untrusted');
    return {
      json: { forest, purpose, user, servers: servers.map(shown), ...(ews && { ews: ews.ews }) },
      text: [
        `Account ${user} is set for ${purpose} in ${forest}.`,
        ...(ews ? [ews.text] : []),
        ...servers.map((server) => say(server, forest, purpose)),
      ].join('\n'),
      exitStatus: untrusted ? ExitStatus.findings : ExitStatus.done,
    };
  });
}

/** Who signs in: a user, or an application. @throws UsageError when neither or both are named */
function identity(options: SetOptions, forest: string, purpose: AccountPurpose) {
  const { user, clientId, oauthTenant, certificate, oauthAuthority, oauthScope } = options;
  const tried = `set the ${purpose} account of forest ${forest}`;
  const application = clientId !== undefined || oauthTenant !== undefined || certificate !== undefined;
  if (!application) {
    if (user !== undefined) return { user, oauth: undefined };
    throw new UsageError({
      tried,
      happened: 'Nobody is named.',
      next: 'Give --user, or --oauth-tenant and --client-id.',
    });
  }
  if (user !== undefined || clientId === undefined || oauthTenant === undefined) {
    throw new UsageError({
      tried,
      happened: 'An application needs its tenant and its id, and no user.',
      next: 'Give --oauth-tenant, --client-id and --certificate FILE, or the secret by --password-stdin.',
    });
  }
  const credential = certificate === undefined ? ('secret' as const) : ('certificate' as const);
  return {
    user: clientId,
    oauth: {
      tenant: oauthTenant,
      credential,
      ...(oauthAuthority !== undefined && { authority: oauthAuthority.replace(/\/$/, '') }),
      ...(oauthScope !== undefined && { scope: oauthScope }),
    },
  };
}

async function readPem(file: string): Promise<string> {
  return await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new UsageError(
      { tried: `read ${file}`, happened: 'The file cannot be read.', next: 'Check its name and its rights.' },
      { cause },
    );
  });
}

async function newKey(options: CommonOptions): Promise<Result> {
  if (!options.yes) {
    throw new UsageError({
      tried: 'start over with a new key',
      happened: 'No stored password can be opened afterwards, and every other machine has to be approved again.',
      next: 'Call again with --yes if no console is left that has the key.',
    });
  }
  return await withApi(options, async (api) => {
    const { waiting, accounts } = await api.settings.newKey();
    const enter = accounts.map(
      (one) => `  transplant account set ${one.forest} ${one.purpose} --user '${one.user}' --password-stdin`,
    );
    const approve = waiting.map((name) => `  transplant worker approve "${name}"`);
    const text = [
      'This console has a new key. Batches, matches and the ledger are as they were.',
      ...(enter.length ? ['Enter the passwords again:', ...enter] : []),
      ...(approve.length ? ['Compare the fingerprints and approve again:', ...approve] : []),
    ].join('\n');
    return { json: { waiting, accounts }, text };
  });
}

function shown({ validTo, ...server }: ServerTrust) {
  return { ...server, ...(validTo !== undefined && { validTo: new Date(validTo).toISOString() }) };
}

/** host out of host:port */
const hostOf = (server: string) => server.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');

function say(server: ServerTrust, forest: string, purpose: AccountPurpose): string {
  const name = `${server.service} ${server.server}`;
  switch (server.outcome) {
    case 'trusted':
      return `${name}: its certificate is trusted.`;
    case 'pinned':
      return `${name}: its certificate is the pinned one.`;
    case 'unreachable':
      return `${name}: ${server.reason}`;
    case 'untrusted':
      return [
        `${name}: its certificate is NOT trusted, and nothing is sent there. ${server.reason}`,
        `  Subject      ${server.subject}`,
        `  Issuer       ${server.issuer}`,
        `  SHA-256      ${server.fingerprint}`,
        `  Compare the fingerprint on the server itself. If it is the same, trust it with:`,
        `  transplant forest change ${forest} --pin ${hostOf(server.server)}=${server.fingerprint}`,
        `  or give the authority that issued it: transplant account set ${forest} ${purpose} … --ca FILE`,
      ].join('\n');
    default:
      return server.outcome satisfies never;
  }
}
