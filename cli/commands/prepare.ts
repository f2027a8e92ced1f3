import type { Command } from 'commander';
import { ExitStatus } from '../../core/domain/errors.ts';
import { formatCount } from '../../core/domain/format.ts';
import { withApi } from '../context.ts';
import { addCommand, type CommonOptions, type Result } from '../frame.ts';
import { clean } from '../table.ts';
import { registerFlow } from './prepare-flow.ts';
import { type PlanRefOptions, planRef, registerShow } from './prepare-show.ts';

interface PlanOptions extends CommonOptions {
  batch?: string;
  mode?: 'mailUser' | 'mailbox';
  ou?: string;
  upnSuffix?: string;
  addressDomain?: string;
  database?: string;
  groups?: boolean;
  contacts?: boolean;
  linkToSource?: boolean;
  source?: boolean;
}
interface WriteOptions extends PlanRefOptions {
  byWorker?: boolean;
}

const BY_WORKER = 'leave it to a worker, and return at once';
const NOTES_SHOWN = 40;

export function register(program: Command): void {
  const group = program.command('prepare').description('make target objects ready: plan, show, apply, undo');
  addCommand<PlanOptions>(
    group,
    'plan',
    'work out every directory change; nothing is written',
    (c) =>
      c
        .option('--batch <name>', 'only the members of this batch')
        .option('--mode <mode>', 'mailUser (default), or mailbox where attributes alone make one')
        .option('--ou <dn>', "where new objects are created (default: CN=Users of the target's domain)")
        .option('--upn-suffix <suffix>', "behind the @ of new users (default: the target's domain)")
        .option('--address-domain <domain>', "domain of the target address (default: the target's first)")
        .option('--database <dn>', 'database for --mode mailbox (default: the one most mailboxes are on)')
        .option('--groups', 'create groups with the members that have a counterpart')
        .option('--no-contacts', 'do not create contacts')
        .option('--link-to-source', "link new objects to the source's accounts")
        .option('--no-source', 'do not write X500 addresses to the source'),
    plan,
  );
  registerShow(group);
  registerFlow(group);
  addCommand<PlanRefOptions>(
    group,
    'check',
    'X500 both ways, addresses that stand twice, second mailboxes, and whether all stands as planned',
    (c) => c.option('--plan <id>', 'default: the newest that was applied'),
    check,
  );
  addCommand<WriteOptions>(
    group,
    'apply',
    'write the plan; objects that changed since are left alone and listed',
    (c) => c.option('--plan <id>', 'default: the newest that waits').option('--by-worker', BY_WORKER),
    (options) =>
      withApi(options, async (api) => {
        if (options.byWorker) return queued(await api.prepare.queue({ ...planRef(options), action: 'apply' }));
        const made = await api.prepare.applyPlan(planRef(options));
        const open = [...made.stopped, ...made.failed];
        const text = [
          `${formatCount(made.applied)} changes are applied.`,
          ...(made.stopped.length > 0 ? [`${formatCount(made.stopped.length)} objects changed since the plan:`] : []),
          ...made.stopped.map((s) => `  ${s.dn}: ${s.message}`),
          ...(made.failed.length > 0 ? [`${formatCount(made.failed.length)} changes were refused:`] : []),
          ...made.failed.map((s) => `  ${s.dn}: ${s.message}`),
          'Take it back with: transplant prepare undo',
        ].map(clean);
        return {
          json: made,
          text: text.join('\n'),
          exitStatus: open.length > 0 ? ExitStatus.findings : ExitStatus.done,
        };
      }),
  );
  addCommand<WriteOptions>(
    group,
    'undo',
    'take back what still is as we left it',
    (c) => c.option('--plan <id>', 'default: the newest that was applied').option('--by-worker', BY_WORKER),
    (options) =>
      withApi(options, async (api) => {
        if (options.byWorker) return queued(await api.prepare.queue({ ...planRef(options), action: 'undo' }));
        const made = await api.prepare.undoPlan(planRef(options));
        const text = [
          `${formatCount(made.undone)} changes are undone.`,
          ...(made.kept.length > 0 ? [`${formatCount(made.kept.length)} stay as somebody left them after us:`] : []),
          ...made.kept.map((k) => `  ${k.dn}: ${k.message}`),
        ].map(clean);
        return {
          json: made,
          text: text.join('\n'),
          exitStatus: made.kept.length > 0 ? ExitStatus.findings : ExitStatus.done,
        };
      }),
  );
}

function queued(made: { planId: number }): Result {
  const text = `Plan ${made.planId} is in the queue. How far it is: transplant prepare progress --plan ${made.planId}; stop it with: transplant prepare cancel --plan ${made.planId}`;
  return { json: made, text };
}

async function check(options: PlanRefOptions): Promise<Result> {
  return await withApi(options, async (api) => {
    const { findings } = await api.prepare.check(planRef(options));
    const lines = findings.map((f) => `${f.check}: ${f.object}: ${f.finding}`);
    const text = findings.length === 0 ? ['Every address is where it must be, and none stands twice.'] : lines;
    return {
      json: { findings },
      text: text.map(clean).join('\n'),
      exitStatus: findings.length > 0 ? ExitStatus.findings : ExitStatus.done,
    };
  });
}

async function plan(options: PlanOptions): Promise<Result> {
  return await withApi(options, async (api) => {
    const made = await api.prepare.plan({
      ...(options.batch === undefined ? {} : { batch: options.batch }),
      options: {
        mode: options.mode,
        container: options.ou,
        upnSuffix: options.upnSuffix,
        addressDomain: options.addressDomain,
        database: options.database,
        groups: options.groups === true,
        contacts: options.contacts !== false,
        linkToSource: options.linkToSource === true,
        writeSource: options.source !== false,
      },
    });
    const { problems, notes } = made.plan.notes;
    const total = made.counts.reduce((sum, c) => sum + c.count, 0);
    const by = (kind: string) => made.counts.filter((c) => c.kind === kind).reduce((sum, c) => sum + c.count, 0);
    const text = [
      `Plan ${made.plan.id}: ${formatCount(total)} changes (${formatCount(by('add'))} new objects, ${formatCount(by('modify'))} changed, ${formatCount(by('delete'))} contacts replaced).`,
      ...problems.map((p) => `Cannot be planned: ${p.object}: ${p.reason}`),
      ...noteLines(notes),
      'Look at it with: transplant prepare show; write it with: transplant prepare apply',
    ].map(clean);
    return {
      json: made,
      text: text.join('\n'),
      exitStatus: problems.length > 0 ? ExitStatus.findings : ExitStatus.done,
    };
  });
}

/** Notes that say the same of many objects are one line. */
function noteLines(notes: readonly { object: string; note: string }[]): string[] {
  const groups = Map.groupBy(notes, (n) => n.note);
  const lines = [...groups].map(([note, list]) => {
    const others = list.length > 1 ? ` (and ${formatCount(list.length - 1)} more)` : '';
    return `Note: ${list[0]?.object}${others}: ${note}`;
  });
  return lines.length > NOTES_SHOWN ? [...lines.slice(0, NOTES_SHOWN), '… (--json has all notes)'] : lines;
}
