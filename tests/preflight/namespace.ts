import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';

/** What runs inside: listeners as an argument tells, then a line on stdout. */
const SERVER = `
const { createServer } = require('node:net');
const { createSocket } = require('node:dgram');
const wanted = JSON.parse(process.argv[1]);
Promise.all(wanted.map(({ host, port, protocol, says }) => new Promise((resolve, reject) => {
  if (protocol === 'udp') {
    const socket = createSocket('udp4');
    socket.on('message', (m, peer) => { if (says) socket.send(Buffer.from(says, 'hex'), peer.port, peer.address); });
    socket.once('error', reject);
    socket.bind(port, host, resolve);
  } else {
    const server = createServer((socket) => { socket.on('error', () => {}); if (says) socket.write(Buffer.from(says, 'hex')); });
    server.once('error', reject);
    server.listen(port, host, resolve);
  }
}))).then(() => console.log('listening'), (error) => { console.error(error.message); process.exit(1); });
`;

export interface Listener {
  host: string;
  port: number;
  protocol: 'tcp' | 'udp';
  /** First bytes it says, as hex. */
  says?: string;
}

/** A network of its own behind one cable: hosts with addresses that nothing else on this machine has, and filter rules. */
export class Namespace {
  readonly #name: string;
  readonly #link: string;
  readonly #net: string;
  #server: ChildProcess | undefined;

  /** @param id a number from 1 to 250 that no other namespace of this run has */
  constructor(id: number, hosts: number) {
    this.#name = `transplant-${process.pid}-${id}`;
    this.#link = `tp${(process.pid % 100_000).toString(36)}${id.toString(36)}`;
    this.#net = `10.213.${id}`;
    ip('netns', 'add', this.#name);
    ip('link', 'add', `${this.#link}a`, 'type', 'veth', 'peer', 'name', `${this.#link}b`, 'netns', this.#name);
    ip('addr', 'add', `${this.#net}.254/24`, 'dev', `${this.#link}a`);
    ip('link', 'set', `${this.#link}a`, 'up');
    this.exec('ip', 'link', 'set', 'lo', 'up');
    for (let i = 1; i <= hosts; i++) this.exec('ip', 'addr', 'add', `${this.host(i)}/24`, 'dev', `${this.#link}b`);
    this.exec('ip', 'link', 'set', `${this.#link}b`, 'up');
  }

  /** Address of the host of this number, from 1. */
  host(i: number): string {
    return `${this.#net}.${i}`;
  }

  /** This machine's address on the cable, as seen from inside. */
  get gateway(): string {
    return this.host(254);
  }

  /** What stands before a command line to run it inside. */
  get enter(): string[] {
    return ['ip', 'netns', 'exec', this.#name];
  }

  /** Every packet on the cable takes longer, both ways, and some are lost. */
  delay(ms: number, lossPercent: number): void {
    const netem = ['root', 'netem', 'delay', `${ms}ms`, 'loss', `${lossPercent}%`];
    execFileSync('tc', ['qdisc', 'add', 'dev', `${this.#link}a`, ...netem], { stdio: 'pipe' });
    this.exec('tc', 'qdisc', 'add', 'dev', `${this.#link}b`, ...netem);
  }

  /** Some packets are lost, both ways: for kernels that have no netem. */
  lose(percent: number): void {
    for (const chain of ['INPUT', 'OUTPUT']) {
      this.exec(
        'iptables',
        '-w',
        '-A',
        chain,
        ...`-m statistic --mode random --probability ${percent / 100} -j DROP`.split(' '),
      );
    }
  }

  /** The plug is pulled, or put back. */
  plug(state: 'up' | 'down'): void {
    ip('link', 'set', `${this.#link}a`, state);
  }

  /** An address of this machine that several namespaces reach, each over its own cable. */
  share(address: string): void {
    ip('addr', 'replace', `${address}/32`, 'dev', 'lo');
    this.exec('ip', 'route', 'replace', `${address}/32`, 'via', this.gateway);
  }

  unshare(address: string): void {
    ip('addr', 'del', `${address}/32`, 'dev', 'lo');
  }

  exec(program: string, ...args: string[]): void {
    execFileSync('ip', ['netns', 'exec', this.#name, program, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  }

  /** Adds a rule for what comes in, such as `-p tcp --dport 389 -j DROP`. */
  filter(rule: string): void {
    this.exec('iptables', '-w', '-A', 'INPUT', ...rule.split(' '));
  }

  /** Nothing leaves but TCP to these ports of one address. */
  allowOnly(address: string, ports: readonly number[]): void {
    const rule = (text: string) => this.exec('iptables', '-w', '-A', 'OUTPUT', ...text.split(' '));
    rule('-o lo -j ACCEPT');
    for (const port of ports) rule(`-d ${address} -p tcp --dport ${port} -j ACCEPT`);
    rule('-j DROP');
  }

  async listen(listeners: readonly Listener[]): Promise<void> {
    const server = spawn(
      'ip',
      ['netns', 'exec', this.#name, process.execPath, '-e', SERVER, JSON.stringify(listeners)],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    this.#server = server;
    const [first] = await Promise.race([once(server.stdout, 'data'), once(server, 'exit')]);
    if (!String(first).includes('listening')) throw new Error('the listeners did not start');
  }

  close(): void {
    this.#server?.kill('SIGKILL');
    try {
      ip('link', 'del', `${this.#link}a`);
    } finally {
      ip('netns', 'del', this.#name);
    }
  }
}

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
