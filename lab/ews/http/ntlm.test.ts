import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type NtlmChallenge, ntHash, ntlmChallenge, ntlmMessageType, ntlmVerify } from './ntlm.ts';

/** The worked example of [MS-NLMP] 4.2.4 (NTLMv2): user, domain and password are "User", "Domain" and "Password". */
const SERVER_CHALLENGE = Buffer.from('0123456789abcdef', 'hex');
const NT_PROOF = '68cd0ab851e51c96aabc927bebef6a1c';
const TARGET_INFO = Buffer.from('02000c0044006f006d00610069006e0001000c0053006500720076006500720000000000', 'hex');
const TEMP = Buffer.concat([
  Buffer.from('01010000000000000000000000000000aaaaaaaaaaaaaaaa00000000', 'hex'),
  TARGET_INFO,
  Buffer.alloc(4),
]);

function challenge(): NtlmChallenge {
  const message = Buffer.alloc(56);
  message.write('NTLMSSP\0', 'latin1');
  message.writeUInt32LE(2, 8);
  SERVER_CHALLENGE.copy(message, 24);
  return { negotiate: new Uint8Array(), message };
}

function authenticate(response: Buffer, user = 'User', domain = 'Domain'): Buffer {
  const fields: [number, Buffer][] = [
    [12, Buffer.alloc(24)],
    [20, response],
    [28, Buffer.from(domain, 'utf16le')],
    [36, Buffer.from(user, 'utf16le')],
    [44, Buffer.from('COMPUTER', 'utf16le')],
    [52, Buffer.alloc(0)],
  ];
  const head = Buffer.alloc(88);
  head.write('NTLMSSP\0', 'latin1');
  head.writeUInt32LE(3, 8);
  head.writeUInt32LE(0x1, 60);
  let offset = head.length;
  for (const [at, value] of fields) {
    head.writeUInt16LE(value.length, at);
    head.writeUInt16LE(value.length, at + 2);
    head.writeUInt32LE(offset, at + 4);
    offset += value.length;
  }
  return Buffer.concat([head, ...fields.map(([, value]) => value)]);
}

const hashOf = (user: string) => (user === 'User' ? ntHash('Password') : undefined);

describe('NTLMv2', () => {
  test('the hash and the proof of the specification', () => {
    expect(Buffer.from(ntHash('Password')).toString('hex')).toBe('a4f49c406510bdcab6824ee7c30fd852');
    const answer = authenticate(Buffer.concat([Buffer.from(NT_PROOF, 'hex'), TEMP]));
    expect(ntlmVerify(challenge(), answer, hashOf)).toEqual({ user: 'User', domain: 'Domain' });
  });

  test.each([
    ['a wrong proof', authenticate(Buffer.concat([Buffer.alloc(16, 1), TEMP])), 'wrongPassword'],
    ['an unknown user', authenticate(Buffer.concat([Buffer.from(NT_PROOF, 'hex'), TEMP]), 'Nobody'), 'unknownUser'],
    ['NTLMv1', authenticate(Buffer.alloc(24, 1)), 'oldVersion'],
    ['an early end', authenticate(Buffer.concat([Buffer.from(NT_PROOF, 'hex'), TEMP])).subarray(0, 60), 'malformed'],
    [
      'fields beyond the end',
      authenticate(Buffer.concat([Buffer.from(NT_PROOF, 'hex'), TEMP])).subarray(0, 120),
      'malformed',
    ],
    ['noise', Buffer.alloc(200, 7), 'malformed'],
  ])('%s is refused', (_, message, refused) => {
    expect(ntlmVerify(challenge(), message, hashOf)).toEqual({ refused });
  });

  test('a channel binding that is asked for must be there and right', () => {
    const binding = Buffer.alloc(16, 9);
    const respond = (info: Buffer) => {
      const temp = Buffer.concat([TEMP.subarray(0, 28), info, Buffer.alloc(8)]);
      const key = createHmac('md5', ntHash('Password')).update(Buffer.from('USERDomain', 'utf16le')).digest();
      const proof = createHmac('md5', key).update(SERVER_CHALLENGE).update(temp).digest();
      return authenticate(Buffer.concat([proof, temp]));
    };
    const pair = (value: Buffer) => Buffer.concat([Buffer.from([10, 0, 16, 0]), value]);
    expect(ntlmVerify(challenge(), respond(pair(binding)), hashOf, binding)).toMatchObject({ user: 'User' });
    expect(ntlmVerify(challenge(), respond(pair(Buffer.alloc(16))), hashOf, binding)).toEqual({
      refused: 'channelBinding',
    });
    expect(ntlmVerify(challenge(), respond(Buffer.alloc(0)), hashOf, binding)).toEqual({ refused: 'channelBinding' });
  });

  test('each challenge is another one', () => {
    const negotiate = Buffer.concat([Buffer.from('NTLMSSP\0', 'latin1'), Buffer.from([1, 0, 0, 0, 7, 0x82, 8, 0xa2])]);
    const names = { domain: 'SOURCE', computer: 'MAIL', dnsDomain: 'source.test', dnsComputer: 'mail.source.test' };
    const [a, b] = [ntlmChallenge(negotiate, names, 0), ntlmChallenge(negotiate, names, 0)];
    expect(ntlmMessageType(a.message)).toBe(2);
    expect(Buffer.from(a.message).subarray(24, 32).equals(Buffer.from(b.message).subarray(24, 32))).toBe(false);
  });
});
