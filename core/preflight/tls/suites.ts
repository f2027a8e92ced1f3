/** Cipher suites a probe may be answered with, by their IANA number. */
const SUITES: Record<number, { name: string; bits: number; weak?: string }> = {
  4865: { name: 'TLS_AES_128_GCM_SHA256', bits: 128 },
  4866: { name: 'TLS_AES_256_GCM_SHA384', bits: 256 },
  4867: { name: 'TLS_CHACHA20_POLY1305_SHA256', bits: 256 },
  49199: { name: 'ECDHE-RSA-AES128-GCM-SHA256', bits: 128 },
  49195: { name: 'ECDHE-ECDSA-AES128-GCM-SHA256', bits: 128 },
  49200: { name: 'ECDHE-RSA-AES256-GCM-SHA384', bits: 256 },
  49196: { name: 'ECDHE-ECDSA-AES256-GCM-SHA384', bits: 256 },
  52392: { name: 'ECDHE-RSA-CHACHA20-POLY1305', bits: 256 },
  52393: { name: 'ECDHE-ECDSA-CHACHA20-POLY1305', bits: 256 },
  158: { name: 'DHE-RSA-AES128-GCM-SHA256', bits: 128 },
  159: { name: 'DHE-RSA-AES256-GCM-SHA384', bits: 256 },
  49191: { name: 'ECDHE-RSA-AES128-SHA256', bits: 128 },
  49187: { name: 'ECDHE-ECDSA-AES128-SHA256', bits: 128 },
  49192: { name: 'ECDHE-RSA-AES256-SHA384', bits: 256 },
  49188: { name: 'ECDHE-ECDSA-AES256-SHA384', bits: 256 },
  49171: { name: 'ECDHE-RSA-AES128-SHA', bits: 128 },
  49161: { name: 'ECDHE-ECDSA-AES128-SHA', bits: 128 },
  49172: { name: 'ECDHE-RSA-AES256-SHA', bits: 256 },
  49162: { name: 'ECDHE-ECDSA-AES256-SHA', bits: 256 },
  103: { name: 'DHE-RSA-AES128-SHA256', bits: 128 },
  107: { name: 'DHE-RSA-AES256-SHA256', bits: 256 },
  51: { name: 'DHE-RSA-AES128-SHA', bits: 128 },
  57: { name: 'DHE-RSA-AES256-SHA', bits: 256 },
  156: { name: 'AES128-GCM-SHA256', bits: 128, weak: 'no forward secrecy' },
  157: { name: 'AES256-GCM-SHA384', bits: 256, weak: 'no forward secrecy' },
  60: { name: 'AES128-SHA256', bits: 128, weak: 'no forward secrecy' },
  61: { name: 'AES256-SHA256', bits: 256, weak: 'no forward secrecy' },
  47: { name: 'AES128-SHA', bits: 128, weak: 'no forward secrecy' },
  53: { name: 'AES256-SHA', bits: 256, weak: 'no forward secrecy' },
  49170: { name: 'ECDHE-RSA-DES-CBC3-SHA', bits: 112, weak: '3DES' },
  49160: { name: 'ECDHE-ECDSA-DES-CBC3-SHA', bits: 112, weak: '3DES' },
  22: { name: 'DHE-RSA-DES-CBC3-SHA', bits: 112, weak: '3DES' },
  10: { name: 'DES-CBC3-SHA', bits: 112, weak: '3DES' },
  5: { name: 'RC4-SHA', bits: 128, weak: 'RC4' },
  4: { name: 'RC4-MD5', bits: 128, weak: 'RC4' },
};

/** Name and strength of a cipher suite; an unknown number is given as hex with 0 bits. */
export function suiteFacts(number: number): { name: string; bits: number; weak?: string } {
  return SUITES[number] ?? { name: `0x${number.toString(16).padStart(4, '0')}`, bits: 0 };
}
