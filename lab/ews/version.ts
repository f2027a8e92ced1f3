/** The Exchange version an organisation says it is, and what follows from it. */
export interface ServerVersion {
  major: number;
  minor: number;
  build: number;
  revision: number;
  /** Values of RequestServerVersion it takes. */
  schemas: ReadonlySet<string>;
  /** The Version attribute of ServerVersionInfo. */
  label: string;
}

const SCHEMAS = [
  ['8', 'Exchange2007 Exchange2007_SP1'],
  ['14', 'Exchange2009 Exchange2010 Exchange2010_SP1 Exchange2010_SP2'],
  ['15.0', 'Exchange2012 Exchange2013 Exchange2013_SP1'],
  ['15.1', 'Exchange2015 Exchange2016'],
  // Not in the published schema, but exchangelib asks a server of 2019 for it first.
  ['15.2', 'Exchange2019'],
] as const;

/** Exchange 2019 CU14. */
export const DEFAULT_VERSION = '15.2.1544.4';

/** Reads `15.2.1544.4`; throws RangeError when it is no version. */
export function parseVersion(text: string): ServerVersion {
  const parts = /^(\d{1,2})\.(\d{1,2})\.(\d{1,5})\.(\d{1,5})$/.exec(text)?.slice(1).map(Number);
  if (!parts) throw new RangeError(`not an Exchange version: ${text.slice(0, 40)}`);
  const [major = 15, minor = 0, build = 0, revision = 0] = parts;
  const known = SCHEMAS.filter(([from]) => {
    const [fromMajor = 0, fromMinor = 0] = from.split('.').map(Number);
    return major > fromMajor || (major === fromMajor && minor >= fromMinor);
  });
  const schemas = new Set(known.flatMap(([, names]) => names.split(' ')));
  const label = major < 15 ? 'Exchange2010_SP2' : minor === 0 ? 'V2_23' : 'V2017_07_11';
  return { major, minor, build, revision, schemas, label };
}

/** As Autodiscover's ServerVersion has it: 4 bits 7, 6 major, 6 minor, a flag, 15 build, in hex. */
export function versionHex({ major, minor, build }: ServerVersion): string {
  const bits = 0x7000_0000 + (major << 22) + (minor << 16) + 0x8000 + (build & 0x7fff);
  return bits.toString(16).toUpperCase();
}

/** `15.02.1544.004`, as settings of Autodiscover write it. */
export function versionText({ major, minor, build, revision }: ServerVersion): string {
  const pad = (value: number, length: number) => String(value).padStart(length, '0');
  return `${pad(major, 2)}.${pad(minor, 2)}.${pad(build, 4)}.${pad(revision, 3)}`;
}
