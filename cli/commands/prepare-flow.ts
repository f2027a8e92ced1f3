import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { ExitStatus } from '../../core/domain/errors.ts';
import { formatCount } from '../../core/domain/format.ts';
import { withApi } from '../context.ts';
import { addCommand, type CommonOptions, type Result } from '../frame.ts';
import { clean } from '../table.ts';

interface ShowOptions extends CommonOptions {
  builtIn?: boolean;
}

/** `prepare flow …`: attribute flow of one's own. */
export function registerFlow(prepare: Command): void {
  const group = prepare.command('flow').description('which attribute of the target comes from where (docs/rules.md)');
  addCommand<ShowOptions>(
    group,
    'show',
    'the flow in force as text',
    (c) => c.option('--built-in', 'the built-in flow, in the form in which you write your own'),
    (options) =>
      withApi(options, async (api) => {
        const { saved, builtIn } = await api.prepare.flow.get();
        const none =
          '# No flow of your own is in force. transplant prepare flow show --built-in prints the built-in one.';
        return { json: { saved, builtIn }, text: options.builtIn ? builtIn : (saved?.text ?? none) };
      }),
  );
  addCommand<CommonOptions>(
    group,
    'try <file>',
    'which values a flow would change; nothing is kept',
    (c) => c,
    tryFlow,
  );
  addCommand<CommonOptions>(
    group,
    'set <file>',
    'put a flow in force, YAML or JSON',
    (c) => c,
    async (options, [file = '']) => {
      const text = await readFile(file, 'utf8');
      return await withApi(options, async (api) => {
        const made = await api.prepare.flow.save({ text });
        return { json: made, text: 'It is in force. Match again where it imports, then: transplant prepare plan' };
      });
    },
  );
  addCommand<CommonOptions>(
    group,
    'reset',
    'go back to the built-in flow',
    (c) => c,
    (options) =>
      withApi(options, async (api) => {
        const made = await api.prepare.flow.save({ text: '' });
        return { json: made, text: 'The built-in flow is in force.' };
      }),
  );
}

async function tryFlow(options: CommonOptions, [file = '']: string[]): Promise<Result> {
  const text = await readFile(file, 'utf8');
  return await withApi(options, async (api) => {
    const { problems } = await api.prepare.flow.validate({ text });
    if (problems.length > 0) {
      const { describeProblem } = await import('../../core/directory/document.ts');
      const lines = problems.map((p) => clean(`${file}: ${describeProblem(p)}`));
      return { json: { problems }, text: lines.join('\n'), exitStatus: ExitStatus.usage };
    }
    const made = await api.prepare.flow.preview({ text });
    const lines = [
      `${formatCount(made.objects)} objects would get other values.`,
      ...made.attributes.map((a) => `  ${a.attribute}: ${formatCount(a.objects)}`),
      ...made.differences.map(
        (d) => `  ${d.sourceDn}: ${d.attribute}: ${d.inForce.join(' | ')} -> ${d.proposed.join(' | ')}`,
      ),
      'Nothing was kept. Put it in force with: transplant prepare flow set FILE',
    ];
    return { json: { problems, ...made }, text: lines.map(clean).join('\n') };
  });
}
