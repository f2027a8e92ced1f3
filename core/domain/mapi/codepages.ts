/** WHATWG labels of the Windows code pages that strings in a stream may use (PtypString8 by [MS-OXCFXICS] 2.2.4.1.1.1). */
const LABELS: Record<number, string> = {
  437: 'ibm866',
  866: 'ibm866',
  874: 'windows-874',
  932: 'shift_jis',
  936: 'gbk',
  949: 'euc-kr',
  950: 'big5',
  1200: 'utf-16le',
  1201: 'utf-16be',
  10000: 'macintosh',
  20127: 'windows-1252',
  20866: 'koi8-r',
  21866: 'koi8-u',
  28591: 'windows-1252',
  28592: 'iso-8859-2',
  28593: 'iso-8859-3',
  28594: 'iso-8859-4',
  28595: 'iso-8859-5',
  28596: 'iso-8859-6',
  28597: 'iso-8859-7',
  28598: 'iso-8859-8',
  28599: 'windows-1254',
  28603: 'iso-8859-13',
  28605: 'iso-8859-15',
  50220: 'iso-2022-jp',
  51932: 'euc-jp',
  51949: 'euc-kr',
  54936: 'gb18030',
  65001: 'utf-8',
};
for (let page = 1250; page <= 1258; page++) LABELS[page] = `windows-${page}`;

const BY_LABEL = new Map(Object.entries(LABELS).map(([page, label]) => [label, Number(page)]));
// Where several pages share a decoder, the one mail programs name.
for (const [label, page] of [
  ['iso-8859-1', 28591],
  ['us-ascii', 20127],
  ['windows-1252', 1252],
  ['windows-1254', 1254],
  ['iso-8859-9', 28599],
  ['euc-kr', 949],
  ['gb2312', 936],
  ['ks_c_5601-1987', 949],
  ['ibm866', 866],
] as const) {
  BY_LABEL.set(label, page);
}

const decoders = new Map<number, InstanceType<typeof TextDecoder> | null>();

/** Text of bytes in a Windows code page; undefined when the page is not known here. */
export function decodeCodePage(codePage: number, bytes: Uint8Array): string | undefined {
  let decoder = decoders.get(codePage);
  if (decoder === undefined) {
    const label = LABELS[codePage];
    decoder = label ? new TextDecoder(label, { ignoreBOM: true }) : null;
    decoders.set(codePage, decoder);
  }
  return decoder?.decode(bytes);
}

export const isCodePage = (codePage: number): boolean => LABELS[codePage] !== undefined;

/** Windows code page of a MIME charset name; 65001 (UTF-8) where it is not known. */
export function codePageOf(charset: string): number {
  return BY_LABEL.get(charset.trim().toLowerCase()) ?? 65001;
}

/** MIME charset name of a Windows code page; utf-8 where it is not known. */
export function charsetOf(codePage: number): string {
  if (codePage === 20127) return 'us-ascii';
  if (codePage === 28591) return 'iso-8859-1';
  return LABELS[codePage] ?? 'utf-8';
}
