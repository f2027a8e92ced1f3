import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { LabCa } from '../../../lab/ca.ts';

export interface PlainSettings {
  version?: string;
  versionCode?: string;
  lacks?: Record<string, string>;
  refuses?: string[];
  restrictions?: boolean;
  searchKeys?: boolean;
  prefixes?: [string, string, string];
  bom?: boolean;
  gzip?: boolean;
  chunked?: boolean;
  spaced?: boolean;
  strange?: boolean;
  bare?: boolean;
  contentType?: string;
  loops?: Record<string, string>;
  deep?: string;
  most?: number;
  endless?: boolean;
  samePage?: boolean;
  keyless?: boolean;
  zone?: string;
  soap12?: boolean;
  seed?: ({ folder: string; mime: string } | { folder: string; xml: string })[];
}

export interface PlainItem {
  folder: string;
  element: string;
  fields: Record<string, string>;
  mime: string | null;
  extended: Record<string, string>;
}
export interface PlainDump {
  folders: { id: string; parent: string | null; name: string; class: string }[];
  items: PlainItem[];
  log: string[];
}

const SCHEMA = join(import.meta.dirname, '../../ews-schema/messages.xsd');

/** The EWS server of plain_ews.py in a process of its own: a server that nobody of this project's lab wrote. */
export class PlainServer {
  readonly url: string;
  readonly ca: string;
  readonly #dir: string;
  readonly #child: ChildProcess;

  private constructor(dir: string, ca: string, child: ChildProcess, port: number) {
    this.#dir = dir;
    this.ca = ca;
    this.#child = child;
    this.url = `https://127.0.0.1:${port}/ews/exchange.asmx`;
  }

  static async start(settings: PlainSettings): Promise<PlainServer> {
    const dir = mkdtempSync(join(tmpdir(), 'plain-ews-'));
    const ca = await LabCa.open(dir, 'Plain CA');
    const { key, cert } = await ca.server('plain', ['127.0.0.1']);
    writeFileSync(join(dir, 'key.pem'), key, { mode: 0o600 });
    writeFileSync(join(dir, 'cert.pem'), cert);
    mkdirSync(join(dir, 'requests'));
    const whole = {
      version: 'Exchange2013',
      ...settings,
      cert: join(dir, 'cert.pem'),
      key: join(dir, 'key.pem'),
      requests: join(dir, 'requests'),
    };
    writeFileSync(join(dir, 'settings.json'), JSON.stringify(whole));
    const child = spawn('/usr/bin/python3', [join(import.meta.dirname, 'plain_ews.py'), join(dir, 'settings.json')], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    child.stderr?.on('data', (piece: Buffer) => {
      said = (said + piece.toString()).slice(-2_000);
    });
    const lines = createInterface({ input: child.stdout as NonNullable<typeof child.stdout> });
    const first = await Promise.race([once(lines, 'line'), once(child, 'exit')]);
    if (typeof first[0] !== 'string') throw new Error(`the plain server did not start: ${said}`);
    const { port } = JSON.parse(first[0]) as { port: number };
    return new PlainServer(dir, ca.pem, child, port);
  }

  /** What it holds, told beside EWS. */
  async dump(): Promise<PlainDump> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    get(new URL('/dump', this.url), { ca: this.ca }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      response.on('end', () => resolve(text));
    }).on('error', reject);
    return JSON.parse(await promise) as PlainDump;
  }

  /** Every request it got, held against Microsoft's schema; what xmllint complains of. */
  complaints(): string[] {
    const folder = join(this.#dir, 'requests');
    const files = readdirSync(folder).map((name) => join(folder, name));
    const args = ['--nonet', '--noout', '--huge', '--schema', SCHEMA, ...files];
    const run = spawnSync('xmllint', args, { encoding: 'utf8', maxBuffer: 1 << 26 });
    return run.stderr
      .split('\n')
      .filter((line) => line !== '' && !line.endsWith(' validates') && !line.endsWith(' fails to validate'))
      .map((line) => line.replace(folder, '').slice(0, 300))
      .slice(0, 10);
  }

  /** The body of the last request of an operation, for a look. */
  last(operation: string): string {
    const folder = join(this.#dir, 'requests');
    const name = readdirSync(folder)
      .filter((file) => file.endsWith(`-${operation}.xml`))
      .sort()
      .at(-1);
    return name === undefined ? '' : readFileSync(join(folder, name), 'utf8');
  }

  async close(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill();
    await ended;
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
