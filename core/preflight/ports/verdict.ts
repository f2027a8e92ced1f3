import type { Finding, Remedy } from '../../domain/checks.ts';
import { failed, notApplicable, notTried, passed, warning } from '../check.ts';
import { errataOf } from './errata.ts';
import type { PortTry } from './matrix.ts';
import { PORT_ENDS, type PortRow } from './model.ts';

/** Outcomes in the words of a person who runs a firewall. */
const WORDS: Record<PortTry['result']['outcome'], string> = {
  open: 'open',
  otherService: 'open, but another service answers',
  silent: 'open, but nothing answers',
  closed: 'closed',
  filtered: 'filtered',
  noAnswer: 'no answer (filtered, or the service keeps silent)',
  error: 'not tried',
};

export function describeTry({ host, protocol, port, portTo, decides, result }: PortTry): string {
  const where = `${host} ${protocol.toUpperCase()} ${port}${portTo === undefined ? '' : `-${portTo}`}`;
  return `${where}: ${WORDS[result.outcome]} (${result.detail})${decides ? '' : ', as the table has it'}`;
}

/**
 * What a row's tries at one host come to. Where the table has a mistake, what is true decides and the mistake is said.
 * @param needed whether this program itself goes there; otherwise the document asks for it and a warning is enough
 */
export function verdictOf(row: PortRow, tries: readonly PortTry[], needed: boolean): Finding {
  const errata = errataOf(row.row).map(({ truth, source }) => `${truth} (${source})`);
  const deciding = tries.filter(({ decides }) => decides);
  if (deciding.length === 0) {
    return notApplicable(errata[0] ?? 'no host stands for this end');
  }
  const evidence = [...tries.map(describeTry), ...errata];
  const bad = deciding.filter(({ result }) => result.outcome !== 'open');
  if (bad.length === 0) return passed(...evidence);
  if (bad.every(({ result }) => result.outcome === 'error')) return notTried(evidence.join('; '), remedyOf(row, bad));
  // What cannot be asked for an answer (NetBIOS datagrams) is not known to be barred when it keeps silent.
  if (bad.every(({ result }) => result.outcome === 'noAnswer' && result.service === undefined)) {
    return notTried(evidence.join('; '));
  }
  return needed ? failed(evidence, remedyOf(row, bad)) : warning(evidence, remedyOf(row, bad));
}

function remedyOf(row: PortRow, bad: readonly PortTry[]): Remedy {
  const outcomes = new Set(bad.map(({ result }) => result.outcome));
  const hosts = [...new Set(bad.map(({ host }) => host))].join(', ');
  const ports = [
    ...new Set(bad.map((one) => `${one.protocol.toUpperCase()} ${one.port}${one.portTo ? `-${one.portTo}` : ''}`)),
  ];
  const shown = ports.join(', ');
  if (outcomes.has('otherService') || outcomes.has('silent')) {
    return {
      text: `Something else than ${serviceOf(bad)} listens on ${shown} of ${hosts}: find out what, or give the address where ${serviceOf(bad)} is.`,
    };
  }
  if (outcomes.has('closed') && !outcomes.has('filtered') && !outcomes.has('noAnswer')) {
    return {
      text: `Nothing listens on ${shown} of ${hosts}: start the service, or name the hosts that have it with --host ${row.to}=NAME. The network is open.`,
    };
  }
  if (outcomes.has('error') && outcomes.size === 1) {
    return { text: `Check the name ${hosts} and TCP 135, by which dynamic ports are found.` };
  }
  return {
    text: `Let ${shown} through from ${PORT_ENDS[row.from]} to ${hosts} in every firewall on the way, the host's own included.`,
    script: { shell: 'powershell', where: `${hosts}, as administrator`, code: bad.map(firewallRule).join('\n') },
  };
}

const serviceOf = (bad: readonly PortTry[]): string =>
  bad.find(({ result }) => result.service)?.result.service ?? 'the service';

function firewallRule({ protocol, port, portTo, row }: PortTry): string {
  const range = portTo === undefined ? String(port) : `${port}-${portTo}`;
  return `New-NetFirewallRule -DisplayName 'Transplant row ${row} (${protocol.toUpperCase()} ${range})' -Direction Inbound -Action Allow -Protocol ${protocol.toUpperCase()} -LocalPort ${range}`;
}
