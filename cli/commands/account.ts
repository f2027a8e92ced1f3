import type { Command } from 'commander';
import type { ServerTrust } from '../../core/api/routers/forests.ts';
import { ExitStatus, UsageError } from '../../core/domain/errors.ts';
import { ACCOUNT_PURPOSES, type AccountPurpose } from '../../core/domain/words.ts';
import { withApi } from '../context.ts';
import { addCommand, type CommonOptions, type Result, readSecret } from '../frame.ts';
import { readCertificates } from './forest.ts';

interface SetOptions extends CommonOptions {
  user: string;
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
        .requiredOption('--user <user>', 'DOMAIN\\user, user@domain, or a DN for the directory')
        .option('--password-stdin', 'read the password from standard input')
        .option('--password-env <name>', 'read the password from this environment variable')
        .option('--pin <sha256...>', "trust the server's certificate with this SHA-256 fingerprint")
        .option('--ca <file>', 'trust these authorities too (PEM)')
        .option('--no-check', "do not look at the servers' certificates"),
    (options, args) => set(options, args[0] ?? '', args[1] ?? ''),
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
  const password = await readSecret(options, `${options.user} in forest ${forest}`);
  return await withApi(options, async (api) => {
    await api.forests.setAccount({ forest, purpose, user: options.user, password, trust });
    const servers = options.check ? await api.forests.trust({ name: forest, purpose }) : [];
    const untrusted = servers.some(({ outcome }) => outcome === 'untrusted');
    return {
      json: { forest, purpose, user: options.user, servers: servers.map(shown) },
      text: [
        `Account ${options.user} is set for ${purpose} in ${forest}.`,
        ...servers.map((server) => say(server, forest, purpose)),
      ].join('\n'),
      exitStatus: untrusted ? ExitStatus.findings : ExitStatus.done,
    };
  });
}

function shown({ validTo, ...server }: ServerTrust) {
  return { ...server, ...(validTo !== undefined && { validTo: new Date(validTo).toISOString() }) };
}

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
        `  transplant forest change ${forest} --pin ${server.fingerprint}`,
        `  or give the authority that issued it: transplant account set ${forest} ${purpose} … --ca FILE`,
      ].join('\n');
    default:
      return server.outcome satisfies never;
  }
}
