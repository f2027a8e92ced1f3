import type { Finding } from '../../domain/checks.ts';
import { formatBytes, formatCount } from '../../domain/format.ts';
import { type Check, failed, notApplicable, notTried, passed, REQUIREMENTS, shared, warning } from '../check.ts';
import type { PreflightEnvironment } from '../environment.ts';
import { uploadLimit } from '../exchange/limits.ts';
import { type MailboxSize, measureMailbox } from '../exchange/sizes.ts';
import { restsOn } from '../explain.ts';
import { sampleMailboxes } from '../sample.ts';
import type { ForestExchange } from './exchange.ts';

/** What the source holds against what the target accepts. */
export function sizeChecks(sides: readonly ForestExchange[], environment: PreflightEnvironment): Check[] {
  const source = sides.find(({ forest }) => forest.forest.role === 'source' && forest.forest.config.ewsUrl);
  const target = sides.find(({ forest }) => forest.forest.role === 'target');
  if (!source || !target) return [];
  const measured = shared(() => measureSample(source, environment));
  const make = (id: string, title: string, requirement: string, how: string, run: () => Promise<Finding>): Check => ({
    id: `exchange.${id}`,
    group: 'exchange',
    title,
    object: `${source.forest.forest.name} to ${target.forest.forest.name}`,
    requirement: { text: requirement, source: REQUIREMENTS.ours },
    how,
    blocks: false,
    limitMs: environment.limitMs * 4,
    run,
  });
  return [
    make(
      'message-size',
      'The target accepts the largest items',
      'No item is larger than the target takes in one request.',
      'The largest item of each folder of a sample of mailboxes against the request limit of the target’s version and its transport limits.',
      () => judgeItemSizes(measured, target),
    ),
    make(
      'quota',
      'The mailboxes fit into the target’s quotas',
      'A mailbox is smaller than the least quota of the target’s databases.',
      'Folder sizes of a sample of mailboxes against the quotas of the target’s mailbox databases.',
      () => judgeQuotas(measured, target),
    ),
  ];
}

async function measureSample(source: ForestExchange, environment: PreflightEnvironment): Promise<MailboxSize[]> {
  const [client, mailboxes] = await Promise.all([
    source.forest.exchange(),
    sampleMailboxes(environment, source.forest),
  ]);
  const signal = AbortSignal.timeout(environment.limitMs * 3);
  return Promise.all(mailboxes.map(({ address }) => measureMailbox(client, address, signal)));
}

async function judgeItemSizes(measured: () => Promise<MailboxSize[]>, target: ForestExchange): Promise<Finding> {
  let sizes: MailboxSize[];
  try {
    sizes = await measured();
  } catch (error) {
    return restsOn(error, 'exchange.connect');
  }
  if (sizes.length === 0) return notTried('no mailbox is known to look at; run: transplant discover');
  const version = await target.ewsVersion().catch(() => undefined);
  const organisation = await target.organisation().catch(() => undefined);
  const limit = uploadLimit(version);
  const evidence = [`${limit.why}: items up to ${formatBytes(limit.bytes)}`];
  if (organisation?.maxReceive !== undefined)
    evidence.push(
      `transport takes messages up to ${formatBytes(organisation.maxReceive)}; this binds mail, not the copying`,
    );
  evidence.push(
    ...sizes.map(
      ({ address, largest }) =>
        `${address}: ${largest ? `largest item ${formatBytes(largest.bytes)} (${largest.itemClass} in ${largest.folder})` : 'empty'}`,
    ),
  );
  const over = sizes.filter(({ largest }) => largest !== undefined && largest.bytes > limit.bytes);
  if (over.length === 0) return passed(...evidence);
  return failed(evidence, {
    text: `Raise the request limit of EWS at the target for the time of the move, or let the owners of ${over.map(({ address }) => address).join(', ')} save these items elsewhere; they would be recorded as bad items.`,
    script: {
      shell: 'powershell',
      where: 'every Exchange server of the target, as administrator',
      code: '# In %ExchangeInstallPath%\\ClientAccess\\exchweb\\ews\\web.config and FrontEnd\\HttpProxy\\ews\\web.config:\n# raise maxAllowedContentLength (bytes), maxReceivedMessageSize (bytes) and maxRequestLength (KB), then\nRestart-WebAppPool MSExchangeServicesAppPool',
    },
  });
}

async function judgeQuotas(measured: () => Promise<MailboxSize[]>, target: ForestExchange): Promise<Finding> {
  let sizes: MailboxSize[];
  try {
    sizes = await measured();
  } catch (error) {
    return restsOn(error, 'exchange.connect');
  }
  const organisation = await target.organisation().catch(() => undefined);
  const least = Math.min(
    ...(organisation?.databases ?? []).flatMap(({ prohibitAll, prohibitSend }) =>
      [prohibitAll, prohibitSend].filter((one) => one !== undefined),
    ),
  );
  if (sizes.length === 0) return notTried('no mailbox is known to look at; run: transplant discover');
  const evidence = sizes.map(
    ({ address, bytes, items }) => `${address}: ${formatBytes(bytes)} in ${formatCount(items)} items`,
  );
  if (!Number.isFinite(least)) return notApplicable(`the target’s databases have no quota (${evidence.join('; ')})`);
  evidence.unshift(`least quota of the target’s databases: ${formatBytes(least)}`);
  const over = sizes.filter(({ bytes }) => bytes > least);
  if (over.length > 0) {
    return failed(evidence, {
      text: `Raise the quota of ${over.map(({ address }) => address).join(', ')} in the target before the move.`,
      script: {
        shell: 'exchange-shell',
        where: 'the target, as recipient administrator',
        code: over
          .map(
            ({ address, bytes }) =>
              `Set-Mailbox '${address}' -UseDatabaseQuotaDefaults $false -ProhibitSendReceiveQuota ${Math.ceil((bytes * 1.2) / 1024 ** 3)}GB -ProhibitSendQuota ${Math.ceil((bytes * 1.15) / 1024 ** 3)}GB`,
          )
          .join('\n'),
      },
    });
  }
  const near = sizes.filter(({ bytes }) => bytes > least * 0.9);
  if (near.length > 0)
    return warning(evidence, {
      text: `${near.map(({ address }) => address).join(', ')} fill more than nine tenths of the quota: raise it.`,
    });
  return passed(...evidence);
}
