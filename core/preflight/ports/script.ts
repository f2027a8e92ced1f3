import { UsageError } from '../../domain/errors.ts';
import { type Attempt, attemptsOf, type ConfiguredPorts } from './attempts.ts';
import { mapperBind, mapRequest } from './endpoint-mapper.ts';
import { rangeServices } from './matrix.ts';
import { PORT_ENDS, type PortEnd, type PortHosts, type PortRow } from './model.ts';
import { POWERSHELL_BODY } from './script-body.ts';
import { questionFor } from './services.ts';

/** Names and addresses, and nothing that PowerShell or CSV would read otherwise. */
const HOST = /^[A-Za-z0-9_.:-]{1,255}$/;

/** Columns of the list of tries in the script, and of the result file that it writes. */
export const TRY_COLUMNS = [
  'row',
  'from',
  'to',
  'host',
  'protocol',
  'port',
  'portTo',
  'decides',
  'ask',
  'map',
] as const;
export const RESULT_COLUMNS = [
  'machine',
  'row',
  'from',
  'to',
  'host',
  'protocol',
  'port',
  'portTo',
  'decides',
  'state',
  'answer',
  'detail',
  'ms',
  'at',
] as const;

/**
 * A PowerShell script (2.0 and later) for the rows that begin at another machine: it tries all of them side by side with
 * the same first bytes as this program, sends no name and no password, changes nothing, and writes a CSV file that can
 * be imported. What the answers mean is judged at the import.
 * @throws UsageError when a host's name has signs that no host has
 */
export function portScript(
  from: PortEnd,
  options: { rows: readonly PortRow[]; hosts: PortHosts; configured: ConfiguredPorts; limitMs: number },
): string {
  const attempts = options.rows
    .filter((row) => row.from === from)
    .flatMap((row) => attemptsOf(row, options.hosts, options.configured));
  const lines = attempts.map((attempt) => lineOf(from, attempt));
  return [
    `# Transplant: tries the ports from ${PORT_ENDS[from]} to the other servers and writes the result to a CSV file.`,
    '# Run it there as any user:  powershell -ExecutionPolicy Bypass -File SCRIPT.ps1',
    '# Then import the file at the console:  transplant preflight ports --import FILE',
    `param([string]$Out = "transplant-ports-$env:COMPUTERNAME.csv", [int]$LimitMs = ${options.limitMs})`,
    "$list = @'",
    TRY_COLUMNS.join(';'),
    ...lines,
    "'@",
    POWERSHELL_BODY,
  ]
    .join('\n')
    .replaceAll('\n', '\r\n');
}

function lineOf(from: PortEnd, attempt: Attempt): string {
  const { row, to, host, protocol, port, portTo } = attempt;
  if (!HOST.test(host)) {
    throw new UsageError({
      tried: `write a script that goes to ${host}`,
      happened: 'A host’s name has letters, digits, dots, hyphens and colons only.',
      next: 'Correct it with: transplant preflight ports --host END=NAME',
    });
  }
  const range = portTo !== undefined;
  const question = range ? mapperBind() : questionFor(protocol, port, host)?.ask?.();
  const map = range
    ? rangeServices(to)
        .map((service) => mapRequest(service).toString('hex'))
        .join(',')
    : '';
  return [
    row.row,
    from,
    to,
    host,
    protocol,
    port,
    portTo ?? '',
    attempt.decides ? 1 : 0,
    question?.toString('hex') ?? '',
    map,
  ].join(';');
}
