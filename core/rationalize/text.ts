/**
 * Names and values in the forms in which they are compared: accents, transliterations, name order and titles are what
 * two directories write differently for the same person.
 */

/** Letters that NFKD does not take apart, with what people write instead. */
const LETTERS: Record<string, string> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  ħ: 'h',
  ı: 'i',
  ł: 'l',
  ŋ: 'n',
  þ: 'th',
  ŧ: 't',
  ə: 'e',
  // Cyrillic, near BGN/PCGN; looseKey() levels the differences between the usual systems.
  а: 'a',
  б: 'b',
  в: 'v',
  г: 'g',
  ґ: 'g',
  д: 'd',
  е: 'e',
  ё: 'yo',
  є: 'ye',
  ж: 'zh',
  з: 'z',
  и: 'i',
  і: 'i',
  ї: 'yi',
  й: 'y',
  к: 'k',
  л: 'l',
  м: 'm',
  н: 'n',
  о: 'o',
  п: 'p',
  р: 'r',
  с: 's',
  т: 't',
  у: 'u',
  ў: 'u',
  ф: 'f',
  х: 'kh',
  ц: 'ts',
  ч: 'ch',
  ш: 'sh',
  щ: 'shch',
  ъ: '',
  ы: 'y',
  ь: '',
  э: 'e',
  ю: 'yu',
  я: 'ya',
  ђ: 'dj',
  ј: 'j',
  љ: 'lj',
  њ: 'nj',
  ћ: 'c',
  џ: 'dz',
  ѓ: 'gj',
  ќ: 'kj',
  ѕ: 'dz',
  // Greek (ELOT 743).
  α: 'a',
  β: 'v',
  γ: 'g',
  δ: 'd',
  ε: 'e',
  ζ: 'z',
  η: 'i',
  θ: 'th',
  ι: 'i',
  κ: 'k',
  λ: 'l',
  μ: 'm',
  ν: 'n',
  ξ: 'x',
  ο: 'o',
  π: 'p',
  ρ: 'r',
  σ: 's',
  ς: 's',
  τ: 't',
  υ: 'y',
  φ: 'f',
  χ: 'ch',
  ψ: 'ps',
  ω: 'o',
};

/** Letters with two marks that German, Danish and others write out with an `e` (or `aa`). */
const SPELLED_OUT: Record<string, string> = { ä: 'ae', ö: 'oe', ü: 'ue', å: 'aa', ø: 'oe' };

const MARKS = /\p{M}+/gu;

/** Lower case without accents: `Müller` is `muller`. */
export function plain(text: string): string {
  const lower = text.toLowerCase();
  if (isAscii(lower)) return lower;
  return replaceLetters(greekPairs(lower.normalize('NFKD').replace(MARKS, '')));
}

/** Two Greek letters that are one sound (ELOT 743): ου is u, αυ, ευ and ηυ end in v or f, which fall together later. */
function greekPairs(text: string): string {
  return /[α-ω]/.test(text) ? text.replace(/ου/g, 'ou').replace(/([αεη])υ/g, '$1v') : text;
}

/** Lower case with marks spelled out: `Müller` is `mueller`. */
export function spelledOut(text: string): string {
  const lower = text.toLowerCase();
  if (isAscii(lower)) return lower;
  const written = lower.normalize('NFC').replace(/[äöüåø]/g, (c) => SPELLED_OUT[c] ?? c);
  return plain(written);
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false;
  return true;
}

function replaceLetters(text: string): string {
  let out = '';
  for (const c of text) out += LETTERS[c] ?? c;
  return out;
}

const looseKeys = new Map<string, string>();

/**
 * A key under which spellings of one name fall together: `Mueller`, `Müller` and `Muller`; `Yuri`, `Iouri` and `Юрий`;
 * `Sofia` and `Sophia`. Different names may share a key, so equal keys are weaker than equal names.
 */
export function looseKey(text: string): string {
  const known = looseKeys.get(text);
  if (known !== undefined) return known;
  const key = levelled(plain(text).replace(/[^\p{L}\p{N}]+/gu, ''));
  if (looseKeys.size > 200_000) looseKeys.clear();
  looseKeys.set(text, key);
  return key;
}

function levelled(text: string): string {
  return text
    .replace(/ae/g, 'a')
    .replace(/oe/g, 'o')
    .replace(/ou|ue|uu/g, 'u')
    .replace(/schtsch|shch|stsch|tsch|sch|tch|sh|ch|cz|sz/g, 's')
    .replace(/zh|dzh|dj|tz|ts|dz/g, 'z')
    .replace(/kh|gh|ck|qu|q/g, 'k')
    .replace(/ph|v|w/g, 'f')
    .replace(/th/g, 't')
    .replace(/c/g, 'k')
    .replace(/x/g, 'ks')
    .replace(/[yj]/g, 'i')
    .replace(/ie|ei|ii/g, 'i')
    .replace(/h/g, '')
    .replace(/(.)\1+/g, '$1');
}

/** Academic and courtesy titles, generation marks: no part of a name. */
const TITLES = new Set(
  'dr prof mr mrs ms miss herr frau ing dipl mag msc bsc ba ma mba phd md jr sr ii iii iv jun sen dott dra drs ir'.split(
    ' ',
  ),
);
/** Particles of surnames: written, left out and put elsewhere at will. */
const PARTICLES = new Set(
  'von van vom zu zur de der den del della di da do dos das du la le les el al bin ibn ben ter ten af av y e'.split(
    ' ',
  ),
);

/** A person's name in parts. */
export interface PersonName {
  /** Given names, first one first, as looseKey knows them to be equal; plain lower case. */
  given: string[];
  family: string[];
}

/**
 * Takes a display name apart: `Müller, Anna (Sales)`, `Dr. Anna Müller`, `MÜLLER Anna`. Without a comma or capitals to
 * tell, the last word is the family name.
 */
export function parseDisplayName(text: string): PersonName {
  const bare = text.replace(/\([^)]*\)|\[[^\]]*\]|\{[^}]*\}/g, ' ').replace(/["“”„]/g, ' ');
  const comma = bare.indexOf(',');
  if (comma >= 0) return { family: nameWords(bare.slice(0, comma)), given: nameWords(bare.slice(comma + 1)) };
  const words = bare.split(/\s+/).filter((w) => w !== '' && !TITLES.has(titleOf(w)));
  const capitals = words.filter((w) => w.length > 2 && w === w.toUpperCase() && w !== w.toLowerCase());
  if (capitals.length > 0 && capitals.length < words.length) {
    return {
      family: capitals.flatMap(nameWords),
      given: words.filter((w) => !capitals.includes(w)).flatMap(nameWords),
    };
  }
  return { family: nameWords(words.at(-1) ?? ''), given: words.slice(0, -1).flatMap(nameWords) };
}

function titleOf(word: string): string {
  return word.toLowerCase().replace(/[.,]/g, '');
}

/** The words of a name without titles and particles; a name of nothing else keeps them. */
export function nameWords(text: string): string[] {
  const words = text
    .normalize('NFC')
    .toLowerCase()
    .split(/[\s.,;/_-]+/u)
    .map((w) => w.replace(/[^\p{L}\p{N}\p{M}'’]/gu, '').replace(/['’]/g, ''))
    .filter((w) => w !== '' && !TITLES.has(w));
  const without = words.filter((w) => !PARTICLES.has(w));
  return without.length > 0 ? without : words;
}

/** Words of a mailbox's, room's or group's name, in one form. */
export function titleKey(text: string): string {
  return plain(text.normalize('NFC'))
    .split(/[^\p{L}\p{N}]+/u)
    .filter((w) => w !== '')
    .join(' ');
}

/** Whether two words differ by one slip of the keyboard: a letter more, less, other, or two swapped. */
export function oneSlipApart(a: string, b: string): boolean {
  if (a === b) return false;
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  if (long.length - short.length > 1) return false;
  let start = 0;
  while (start < short.length && short[start] === long[start]) start++;
  let end = 0;
  while (end < short.length - start && short[short.length - 1 - end] === long[long.length - 1 - end]) end++;
  const restShort = short.length - start - end;
  const restLong = long.length - start - end;
  if (restLong <= 1) return restShort <= 1;
  return restShort === 2 && restLong === 2 && short[start] === long[start + 1] && short[start + 1] === long[start];
}

/** The digits of a telephone number that tell it from others: the last eight, without country code and extension marks. */
export function phoneKey(text: string): string | undefined {
  const digits = text.replace(/(?:ext|x|dw|durchwahl)\.?\s*\d+$/i, '').replace(/\D/g, '');
  return digits.length >= 6 ? digits.slice(-8) : undefined;
}
