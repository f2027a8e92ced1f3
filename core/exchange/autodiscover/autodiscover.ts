import { TransplantError } from '../../domain/errors.ts';
import { AuthenticationFailed, CertificateRejected, ExchangeUnreachable } from '../errors.ts';
import type { EwsAuth } from '../ews/authentication.ts';
import type { TlsTrust } from '../ews/tls.ts';
import { type AskOptions, askJson, askPox, askSoap, type Said } from './ask.ts';
import { type HostRules, isNamed, isOrganisationDomain, judge, type Lookup, systemLookup } from './hosts.ts';

export interface AutodiscoverRequest extends TlsTrust {
  /** A mailbox of the forest; its domain is where the search begins. */
  address: string;
  /** Without it, only what is answered without a sign-in is asked. */
  auth?: EwsAuth | undefined;
  /** Addresses that the directory's service connection points name, best first. */
  connectionPoints?: readonly string[] | undefined;
  /** What happened before, such as a directory that could not be asked. */
  notes?: readonly string[] | undefined;
  /** Mail domains of the forest and its Active Directory domain: hosts below them may be spoken to. */
  domains: readonly string[];
  /** Hosts elsewhere that a person has allowed. */
  allowedHosts?: readonly string[] | undefined;
  proxy?: string | undefined;
  timeoutMs?: number | undefined;
  signal?: AbortSignal | undefined;
  lookup?: Lookup | undefined;
  /** Port of the mail domain's usual hosts; 443 unless given. */
  port?: number | undefined;
}

export interface Discovered {
  /** https address of EWS. */
  url: string;
  /** In one sentence: by which protocol, from where. */
  how: string;
  /** Everything that was tried, in order. */
  steps: string[];
}

/** No EWS address was found. `consent` names hosts that a person can allow. */
export class AutodiscoverFailed extends TransplantError {
  readonly steps: string[];
  readonly consent: string[];
  constructor(text: ConstructorParameters<typeof TransplantError>[0], steps: string[], consent: string[]) {
    super(text);
    this.steps = steps;
    this.consent = consent;
  }
}

const MAX_HOPS = 10;
const TIMEOUT_MS = 10_000;

/**
 * Finds the EWS address of a mailbox: the directory's service connection points first, then the usual hosts of the mail
 * domain, each by plain XML, SOAP and version 2. Only https; credentials go to hosts of the forest alone, and never after
 * a redirect to another place that nobody has named.
 * @throws AutodiscoverFailed with all steps
 */
export async function discoverEws(request: AutodiscoverRequest): Promise<Discovered> {
  return new Search(request).run();
}

type Ask = 'plain XML' | 'SOAP' | 'version 2';
interface Candidate {
  host: string;
  from: string;
  /** Set where this very address is to be asked. */
  exact?: { url: string; by: Ask };
}

class Search {
  readonly #request: AutodiscoverRequest;
  readonly #rules: HostRules;
  readonly #steps: string[];
  readonly #consent = new Set<string>();
  readonly #asked = new Set<string>();
  /** Hosts to which nothing may be sent, or that do not answer. */
  readonly #closed = new Set<string>();
  #address: string;
  #hops = 0;
  /** A refused sign-in is not tried again elsewhere: that locks accounts. */
  #refused = false;

  constructor(request: AutodiscoverRequest) {
    this.#request = request;
    this.#address = request.address;
    this.#steps = [...(request.notes ?? [])];
    const points = (request.connectionPoints ?? []).filter((url) => URL.canParse(url)).map((url) => new URL(url).host);
    this.#rules = {
      named: [...points, ...points.map((host) => host.replace(/:\d+$/, '')), ...(request.allowedHosts ?? [])],
      domains: request.domains,
      lookup: request.lookup ?? systemLookup,
    };
  }

  async run(): Promise<Discovered> {
    const queue = this.#candidates();
    for (let candidate = queue.shift(); candidate; candidate = queue.shift()) {
      const before = this.#address;
      const found = await this.#candidate(candidate, queue);
      if (found) return found;
      // Another address means another domain: its usual places come first.
      if (this.#address !== before) queue.unshift(...this.#candidates());
    }
    throw this.#failed();
  }

  #candidates(): Candidate[] {
    const points = (this.#request.connectionPoints ?? []).flatMap((url): Candidate[] =>
      URL.canParse(url)
        ? [{ host: new URL(url).host, from: 'service connection point', exact: { url, by: 'plain XML' } }]
        : [],
    );
    const hosts = points.map(({ host }): Candidate => ({ host, from: 'service connection point' }));
    return [...points, ...hosts, ...this.#usual()];
  }

  #usual(): Candidate[] {
    const domain = this.#address.split('@')[1]?.toLowerCase() ?? '';
    if (!isOrganisationDomain(domain)) {
      this.#steps.push(`${domain || 'the address'}: no domain of an organisation, not asked`);
      return [];
    }
    const port = this.#request.port === undefined ? '' : `:${this.#request.port}`;
    return [`autodiscover.${domain}`, domain].map((host) => ({ host: host + port, from: `the domain ${domain}` }));
  }

  async #candidate({ host, from, exact }: Candidate, queue: Candidate[]): Promise<Discovered | undefined> {
    const asks: [string, Ask][] = exact
      ? [[exact.url, exact.by]]
      : [
          [`https://${host}/autodiscover/autodiscover.xml`, 'plain XML'],
          [`https://${host}/autodiscover/autodiscover.svc`, 'SOAP'],
          [
            `https://${host}/autodiscover/autodiscover.json/v1.0/${encodeURIComponent(this.#address)}?Protocol=EWS`,
            'version 2',
          ],
        ];
    for (const [url, by] of asks) {
      if (by !== 'version 2' && (!this.#request.auth || this.#refused)) continue;
      const said = await this.#ask(url, by);
      if (!said) continue;
      const found = await this.#take(said, { url, by, from }, queue);
      if (found) return found;
      // A host that cannot be reached or sends us on is not asked in other words.
      if (said.kind !== 'nothing' && said.kind !== 'url') return undefined;
    }
    return undefined;
  }

  async #ask(url: string, by: Ask): Promise<Said | undefined> {
    if (!URL.canParse(url)) {
      this.#steps.push(`${by}: sent on to what is no address`);
      return undefined;
    }
    const key = `${by} ${url.toLowerCase()} ${this.#address.toLowerCase()}`;
    if (this.#asked.has(key)) return undefined;
    this.#asked.add(key);
    const { host } = new URL(url);
    if (this.#closed.has(host)) return undefined;
    const verdict = await judge(url, this.#rules);
    if ('reason' in verdict) {
      this.#closed.add(host);
      this.#steps.push(`${host} is not asked: ${verdict.reason}`);
      if (verdict.consent) this.#consent.add(verdict.consent);
      return undefined;
    }
    try {
      const options: AskOptions = {
        ...this.#request,
        address: this.#address,
        server: verdict.address,
        timeoutMs: this.#request.timeoutMs ?? TIMEOUT_MS,
      };
      return await (by === 'plain XML' ? askPox : by === 'SOAP' ? askSoap : askJson)(url, options);
    } catch (error) {
      this.#request.signal?.throwIfAborted();
      if (error instanceof AuthenticationFailed) this.#refused = true;
      if (error instanceof ExchangeUnreachable || error instanceof CertificateRejected) this.#closed.add(host);
      this.#step(url, by, error instanceof TransplantError ? error.text.happened : 'the answer cannot be read');
      return undefined;
    }
  }

  async #take(
    said: Said,
    at: { url: string; by: Ask; from: string },
    queue: Candidate[],
  ): Promise<Discovered | undefined> {
    switch (said.kind) {
      case 'nothing':
        this.#step(at.url, at.by, said.reason);
        return undefined;
      case 'redirectAddress':
        this.#redirectAddress(said.address, at);
        return undefined;
      case 'httpRedirect':
        if (new URL(said.url).host !== new URL(at.url).host && !isNamed(said.url, this.#rules)) {
          this.#step(at.url, at.by, `redirects to ${said.url}, not followed: another host`);
          this.#consent.add(new URL(said.url).hostname);
          return undefined;
        }
        this.#step(at.url, at.by, `redirects to ${said.url}`);
        if (this.#hop()) queue.unshift({ host: '', from: at.from, exact: { url: said.url, by: at.by } });
        return undefined;
      case 'redirectUrl':
        this.#step(at.url, at.by, `sends on to ${said.url}`);
        if (this.#hop()) queue.unshift({ host: '', from: at.from, exact: { url: said.url, by: at.by } });
        return undefined;
      case 'url': {
        const verdict = await judge(said.url, this.#rules);
        const no = 'reason' in verdict ? verdict : undefined;
        this.#step(at.url, at.by, no ? `names ${said.url}, which is not taken: ${no.reason}` : `names ${said.url}`);
        if (no?.consent) this.#consent.add(no.consent);
        if (no) return undefined;
        const how = `Autodiscover (${at.by}) at ${new URL(at.url).host}, by ${at.from}`;
        return { url: said.url, how, steps: this.#steps };
      }
    }
  }

  #redirectAddress(address: string, at: { url: string; by: Ask }): void {
    const domain = address.split('@')[1]?.toLowerCase() ?? '';
    const ours = this.#request.domains.some(
      (one) => domain === one.toLowerCase() || domain.endsWith(`.${one.toLowerCase()}`),
    );
    const allowed = (this.#request.allowedHosts ?? []).some((host) => host.toLowerCase() === domain);
    this.#step(
      at.url,
      at.by,
      `sends on to the address ${address}${ours || allowed ? '' : ', not followed: another organisation'}`,
    );
    if (!ours && !allowed) {
      if (domain !== '') this.#consent.add(domain);
    } else if (this.#hop()) this.#address = address;
  }

  #hop(): boolean {
    if (++this.#hops <= MAX_HOPS) return true;
    this.#steps.push(`given up after ${MAX_HOPS} redirects`);
    return false;
  }

  #step(url: string, by: Ask, text: string): void {
    this.#steps.push(`${by} at ${url.replace(/\?.*$/, '')}: ${text}`);
  }

  #failed(): AutodiscoverFailed {
    const consent = [...this.#consent];
    const last = this.#steps.slice(-6).join('; ');
    return new AutodiscoverFailed(
      {
        tried: `find EWS for ${this.#request.address} by Autodiscover`,
        happened: `Nothing that may be trusted names it. ${last}`.trim(),
        next:
          consent.length > 0
            ? `If one of ${consent.join(', ')} is yours, allow it with --allow-host; or give the address with --ews URL.`
            : 'Give the address with: transplant forest change NAME --ews https://SERVER/EWS/Exchange.asmx',
      },
      this.#steps,
      consent,
    );
  }
}
