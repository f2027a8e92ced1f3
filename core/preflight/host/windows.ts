import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { proxiesOf, withoutPassword } from './linux.ts';
import type { HostFacts } from './model.ts';

/**
 * Reads what is asked for and writes `name=value` lines. Classes and keys are documented by Microsoft (Win32_OperatingSystem,
 * Win32_Processor, Win32_ComputerSystem; the registry's marks of a pending restart); figures are written in the
 * invariant culture and nothing that Windows translates is read, so that the language of the system does not matter.
 * Runs on PowerShell 2.0 and later and changes nothing.
 */
export const WINDOWS_SCRIPT = `
$ErrorActionPreference = 'SilentlyContinue'
[Console]::OutputEncoding = [System.Text.Encoding]::UTF8
[System.Threading.Thread]::CurrentThread.CurrentCulture = [System.Globalization.CultureInfo]::InvariantCulture
function Say($name, $value) { if ($value -ne $null) { [Console]::Out.WriteLine("$name=$value") } }
$os = Get-WmiObject Win32_OperatingSystem
Say 'Caption' $os.Caption
Say 'Version' $os.Version
Say 'BuildNumber' $os.BuildNumber
Say 'ProductType' $os.ProductType
Say 'OSLanguage' $os.OSLanguage
Say 'FreePhysicalMemory' $os.FreePhysicalMemory
Say 'Is64Bit' ([IntPtr]::Size -eq 8 -or $env:PROCESSOR_ARCHITEW6432 -ne $null)
Say 'TotalPhysicalMemory' (Get-WmiObject Win32_ComputerSystem).TotalPhysicalMemory
$cpus = @(Get-WmiObject Win32_Processor)
Say 'Processor' $cpus[0].Name
Say 'MaxClockSpeed' $cpus[0].MaxClockSpeed
Say 'Cores' ($cpus | Measure-Object -Property NumberOfLogicalProcessors -Sum).Sum
Say 'PowerShell' $PSVersionTable.PSVersion
$me = New-Object Security.Principal.WindowsPrincipal([Security.Principal.WindowsIdentity]::GetCurrent())
Say 'Administrator' $me.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)
if (Test-Path 'HKLM:\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing\\RebootPending') { Say 'Reboot' 'Component Based Servicing' }
if (Test-Path 'HKLM:\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WindowsUpdate\\Auto Update\\RebootRequired') { Say 'Reboot' 'Windows Update' }
if ((Get-ItemProperty 'HKLM:\\SYSTEM\\CurrentControlSet\\Control\\Session Manager').PendingFileRenameOperations) { Say 'Reboot' 'files to be renamed' }
$active = (Get-ItemProperty 'HKLM:\\SYSTEM\\CurrentControlSet\\Control\\ComputerName\\ActiveComputerName').ComputerName
$next = (Get-ItemProperty 'HKLM:\\SYSTEM\\CurrentControlSet\\Control\\ComputerName\\ComputerName').ComputerName
if ($active -ne $next) { Say 'Reboot' 'the computer was renamed' }
$inet = Get-ItemProperty 'HKCU:\\Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings'
if ($inet.ProxyEnable -eq 1) { Say 'UserProxy' $inet.ProxyServer }
Say 'AutoConfigURL' $inet.AutoConfigURL
$winHttp = (Get-ItemProperty 'HKLM:\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\\Connections').WinHttpSettings
if ($winHttp) { Say 'WinHttpSettings' ([BitConverter]::ToString($winHttp)) }
Say 'Exchange' (@(Get-Service MSExchangeServiceHost, MSExchangeTransport | Where-Object { $_ }).Count -gt 0)
Add-Type -AssemblyName System.Windows.Forms
$screen = [System.Windows.Forms.Screen]::PrimaryScreen.Bounds
if ($screen) { Say 'Screen' ('{0}x{1}' -f $screen.Width, $screen.Height) }
Say 'TimeZone' ([TimeZoneInfo]::Local.Id)
`;

/** @throws when PowerShell cannot be started */
export async function readWindows(env: NodeJS.ProcessEnv = process.env): Promise<HostFacts> {
  const encoded = Buffer.from(WINDOWS_SCRIPT, 'utf16le').toString('base64');
  const { stdout } = await promisify(execFile)(
    'powershell.exe',
    ['-NoLogo', '-NoProfile', '-NonInteractive', '-EncodedCommand', encoded],
    { timeout: 60_000, windowsHide: true, maxBuffer: 1_048_576 },
  );
  return parseWindows(stdout, env);
}

export function parseWindows(text: string, env: NodeJS.ProcessEnv): HostFacts {
  const values = new Map<string, string[]>();
  for (const line of text.replace(/^\ufeff/, '').split(/\r?\n/)) {
    const [, name, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (name && value !== undefined) values.set(name, [...(values.get(name) ?? []), value.trim()]);
  }
  const one = (name: string): string | undefined => values.get(name)?.[0] || undefined;
  const number = (name: string): number | undefined => {
    const value = one(name);
    return value !== undefined && /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : undefined;
  };
  const truth = (name: string): boolean | undefined => {
    const value = one(name)?.toLowerCase();
    return value === undefined ? undefined : value === 'true';
  };
  const freeKib = number('FreePhysicalMemory');
  const type = number('ProductType');
  const screen = /^(\d+)x(\d+)$/.exec(one('Screen') ?? '');
  return withoutUndefined({
    platform: 'windows' as const,
    name: env.COMPUTERNAME ?? '',
    osName: one('Caption') ?? 'Windows',
    osVersion: one('Version') ?? '',
    build: number('BuildNumber'),
    server: type === undefined ? undefined : type !== 1,
    is64Bit: truth('Is64Bit'),
    cores: number('Cores'),
    processor: one('Processor'),
    clockMhz: number('MaxClockSpeed'),
    memoryTotal: number('TotalPhysicalMemory'),
    memoryFree: freeKib === undefined ? undefined : freeKib * 1024,
    pendingReboot: values.get('Reboot') ?? (values.size > 0 ? [] : undefined),
    display: screen ? { width: Number(screen[1]), height: Number(screen[2]) } : undefined,
    proxies: windowsProxies(one, env),
    powershell: one('PowerShell'),
    administrator: truth('Administrator'),
    exchangeServer: truth('Exchange'),
    timeZone: one('TimeZone'),
  });
}

function windowsProxies(one: (name: string) => string | undefined, env: NodeJS.ProcessEnv): Record<string, string> {
  const found = proxiesOf(env);
  const user = one('UserProxy');
  const script = one('AutoConfigURL');
  const machine = winHttpProxy(one('WinHttpSettings'));
  if (user) found['Internet Options'] = withoutPassword(user);
  if (script) found['Internet Options, script'] = withoutPassword(script);
  if (machine) found.WinHTTP = withoutPassword(machine);
  return found;
}

/**
 * The proxy in the bytes that `netsh winhttp set proxy` keeps: version, counter and flags (4 bytes each, little endian;
 * flag 2 is "proxy"), then the proxy's length and its name. `netsh winhttp show proxy` shows the same, but translated.
 */
export function winHttpProxy(hex: string | undefined): string | undefined {
  if (hex === undefined) return undefined;
  const bytes = Buffer.from(hex.replaceAll('-', ''), 'hex');
  if (bytes.length < 16 || (bytes.readUInt32LE(8) & 2) === 0) return undefined;
  const length = bytes.readUInt32LE(12);
  return bytes.subarray(16, 16 + length).toString('latin1') || undefined;
}

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};
function withoutUndefined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Defined<T>;
}
