import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { arch, hostname, release } from 'node:os';
import type { HostFacts } from './model.ts';

/** Texts of the system's own files; the reader takes them apart, so that other machines' files can stand in. */
export interface LinuxTexts {
  cpuinfo: string;
  meminfo: string;
  osRelease: string;
  release: string;
  name: string;
  arch: string;
  env: NodeJS.ProcessEnv;
  rebootRequired: readonly string[];
  uid: number | undefined;
}

/** proc(5), os-release(5). */
export async function readLinux(): Promise<HostFacts> {
  const text = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '');
  const [cpuinfo, meminfo, osRelease, packages] = await Promise.all([
    text('/proc/cpuinfo'),
    text('/proc/meminfo'),
    text('/etc/os-release'),
    text('/run/reboot-required.pkgs'),
  ]);
  return parseLinux({
    cpuinfo,
    meminfo,
    osRelease,
    release: release(),
    name: hostname(),
    arch: arch(),
    env: process.env,
    rebootRequired: existsSync('/run/reboot-required') ? ['/run/reboot-required', ...lines(packages)] : [],
    uid: process.getuid?.(),
  });
}

export function parseLinux(texts: LinuxTexts): HostFacts {
  const os = Object.fromEntries(
    lines(texts.osRelease).flatMap((line) => {
      const [, name, value] = /^([A-Z_]+)=(.*)$/.exec(line) ?? [];
      return name && value !== undefined ? [[name, value.replace(/^(["'])(.*)\1$/, '$2')]] : [];
    }),
  ) as Record<string, string | undefined>;
  const cpu = lines(texts.cpuinfo).map((line) => line.split(':').map((part) => part.trim()));
  const first = (...names: string[]): string | undefined => cpu.find(([name]) => names.includes(name ?? ''))?.[1];
  const cores = cpu.filter(([name]) => name === 'processor').length;
  const clocks = cpu.flatMap(([name, value]) => (name === 'cpu MHz' && Number(value) > 0 ? [Number(value)] : []));
  // The nominal clock stands in the model's name; the momentary one is lower while a machine is idle.
  const nominal = /@\s*([\d.]+)\s*GHz/i.exec(first('model name') ?? '')?.[1];
  const memory = (name: string): number | undefined => {
    const kib = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(texts.meminfo)?.[1];
    return kib === undefined ? undefined : Number(kib) * 1024;
  };
  const clockMhz =
    nominal !== undefined ? Math.round(Number(nominal) * 1000) : clocks.length ? Math.max(...clocks) : undefined;
  const memoryTotal = memory('MemTotal');
  const memoryFree = memory('MemAvailable');
  const processor = first('model name', 'Model', 'Hardware');
  return {
    platform: 'linux',
    name: texts.name,
    osName: os.PRETTY_NAME ?? os.NAME ?? 'Linux',
    osVersion: os.VERSION_ID ?? texts.release,
    is64Bit: ['x64', 'arm64', 'ppc64', 's390x', 'riscv64', 'loong64'].includes(texts.arch),
    ...(cores > 0 ? { cores } : {}),
    ...(processor === undefined ? {} : { processor }),
    ...(clockMhz === undefined ? {} : { clockMhz }),
    ...(memoryTotal === undefined ? {} : { memoryTotal }),
    ...(memoryFree === undefined ? {} : { memoryFree }),
    pendingReboot: [...texts.rebootRequired],
    proxies: proxiesOf(texts.env),
    ...(texts.uid === undefined ? {} : { administrator: texts.uid === 0 }),
    exchangeServer: false,
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
}

/** Proxy variables as programs read them, without a password in them. */
export function proxiesOf(env: NodeJS.ProcessEnv): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of [
    'HTTPS_PROXY',
    'https_proxy',
    'HTTP_PROXY',
    'http_proxy',
    'ALL_PROXY',
    'all_proxy',
    'NO_PROXY',
    'no_proxy',
  ]) {
    const value = env[name];
    if (value) found[name] = withoutPassword(value);
  }
  return found;
}

export const withoutPassword = (url: string): string => url.replace(/\/\/([^/@:]*):[^/@]*@/g, '//$1:…@');
const lines = (text: string): string[] => text.split(/\r?\n/).filter((line) => line !== '');
