import { createHmac, type X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { endPointBinding } from './http/channel-binding.ts';
import { ntHash } from './http/ntlm.ts';
import { type Answer, all, type CallOptions, codes, first, idAttributes, TestClient } from './testing/client.ts';
import { organisationForTests } from './testing/for-tests.ts';
import { PASSWORD, startOrganisation, type TestOrganisation } from './testing/organisation.ts';

const lab = organisationForTests();

const ID = '<m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>';
const INBOX = '<t:DistinguishedFolderId Id="inbox"/>';
const inboxOf = (name: string) =>
  `<t:DistinguishedFolderId Id="inbox"><t:Mailbox><t:EmailAddress>${name}@source.test</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>`;
const getFolder = (id: string, options: CallOptions = {}) =>
  lab.client.call(`<m:GetFolder>${ID}<m:FolderIds>${id}</m:FolderIds></m:GetFolder>`, options);
const fault = (answer: Answer) => [answer.status, all(answer.body, 'ResponseCode').map((c) => c.text)[0]];
const as = (inner: string) =>
  `<t:ExchangeImpersonation><t:ConnectingSID>${inner}</t:ConnectingSID></t:ExchangeImpersonation>`;

describe('logging on', () => {
  test('without or with wrong credentials: 401 and what is offered', async () => {
    const none = await lab.client.send('POST', '/EWS/Exchange.asmx', '<x/>', {});
    expect([none.status, none.headers['www-authenticate']]).toEqual([401, 'NTLM, Basic realm="mail.source.test"']);
    for (const options of [{ password: 'wrong' }, { user: 'nobody' }, { user: 'gone' }, { password: '' }]) {
      expect((await lab.client.post('<x/>', options)).status).toBe(401);
    }
    for (const header of ['Basic', 'Basic !!!', 'NTLM', 'NTLM AAAA', 'Bearer x', 'Negotiate YII=']) {
      expect((await lab.client.send('POST', '/EWS/Exchange.asmx', '<x/>', { Authorization: header })).status).toBe(401);
    }
  });

  test('by user principal name, domain name and plain name', async () => {
    for (const name of ['anna@source.test', 'SOURCE\\anna', 'anna', 'ANNA@SOURCE.TEST']) {
      const credentials = Buffer.from(`${name}:${PASSWORD}`).toString('base64');
      expect(
        (await lab.client.send('POST', '/EWS/Exchange.asmx', '<x/>', { Authorization: `Basic ${credentials}` })).status,
      ).toBe(500);
    }
  });

  test('only by TLS 1.2 and later, and only what is there', async () => {
    const old = new Promise<string>((resolve, reject) => {
      const socket = connect({
        host: '127.0.0.1',
        port: lab.organisation.port,
        ca: lab.organisation.ca,
        servername: 'localhost',
        maxVersion: 'TLSv1.1',
        minVersion: 'TLSv1',
        ciphers: 'DEFAULT@SECLEVEL=0',
      });
      socket.once('secureConnect', () => resolve(socket.getProtocol() ?? ''));
      socket.once('error', reject);
    });
    await expect(old).rejects.toThrow();
    expect((await lab.client.post('', { path: '/elsewhere' })).status).toBe(404);
    const get = await lab.client.send('GET', '/EWS/Exchange.asmx', undefined, {
      Authorization: `Basic ${Buffer.from(`anna:${PASSWORD}`).toString('base64')}`,
    });
    expect(get.status).toBe(405);
  });
});

describe('Extended Protection', () => {
  test('offers NTLM and refuses an answer that is not bound to the channel', async () => {
    const bound = await startOrganisation({ options: { extendedProtection: true, schemes: ['NTLM'] } });
    try {
      const unbound = await ntlmLogon(bound, undefined);
      expect(unbound).toBe(401);
      const certificate = await serverCertificate(bound);
      expect(await ntlmLogon(bound, endPointBinding(certificate))).toBe(500);
      expect(await ntlmLogon(bound, new Uint8Array(16))).toBe(401);
    } finally {
      await bound.close();
    }
  });
});

/** The certificate the server shows. */
function serverCertificate(organisation: TestOrganisation): Promise<X509Certificate> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: '127.0.0.1',
      port: organisation.port,
      ca: organisation.ca,
      servername: 'localhost',
    });
    socket.once('secureConnect', () => {
      const certificate = socket.getPeerX509Certificate();
      socket.destroy();
      if (certificate) resolve(certificate);
      else reject(new Error('no certificate'));
    });
    socket.once('error', reject);
  });
}

/** Logs anna on by NTLMv2 over one connection, with or without a channel binding; the status of the last answer. */
async function ntlmLogon(organisation: TestOrganisation, binding: Uint8Array | undefined): Promise<number> {
  const caller = new TestClient(organisation);
  const post = (token: Buffer) =>
    caller.send('POST', '/EWS/Exchange.asmx', '<x/>', { Authorization: `NTLM ${token.toString('base64')}` });
  try {
    const negotiate = Buffer.concat([Buffer.from('NTLMSSP\0', 'latin1'), Buffer.from([1, 0, 0, 0, 7, 0x82, 8, 0])]);
    const offered = String((await post(negotiate)).headers['www-authenticate']);
    const challenge = Buffer.from(offered.replace('NTLM ', ''), 'base64');
    const info = binding ? Buffer.concat([Buffer.from([10, 0, 16, 0]), binding]) : Buffer.alloc(0);
    const blob = Buffer.concat([Buffer.from([1, 1, 0, 0, 0, 0, 0, 0]), Buffer.alloc(20), info, Buffer.alloc(8)]);
    const key = createHmac('md5', ntHash(PASSWORD)).update(Buffer.from('ANNASOURCE', 'utf16le')).digest();
    const proof = createHmac('md5', key).update(challenge.subarray(24, 32)).update(blob).digest();
    return (await post(authenticateMessage(Buffer.concat([proof, blob])))).status;
  } finally {
    caller.close();
  }
}

/** An AUTHENTICATE_MESSAGE ([MS-NLMP] 2.2.1.3) of anna with the given NTLMv2 response. */
function authenticateMessage(response: Buffer): Buffer {
  const head = Buffer.alloc(64);
  head.write('NTLMSSP\0', 'latin1');
  head.writeUInt32LE(3, 8);
  head.writeUInt32LE(1, 60);
  const parts: [number, Buffer][] = [
    [12, Buffer.alloc(24)],
    [20, response],
    [28, Buffer.from('SOURCE', 'utf16le')],
    [36, Buffer.from('anna', 'utf16le')],
    [44, Buffer.alloc(0)],
    [52, Buffer.alloc(0)],
  ];
  let offset = head.length;
  for (const [at, value] of parts) {
    head.writeUInt16LE(value.length, at);
    head.writeUInt16LE(value.length, at + 2);
    head.writeUInt32LE(offset, at + 4);
    offset += value.length;
  }
  return Buffer.concat([head, ...parts.map(([, value]) => value)]);
}

describe('impersonation', () => {
  test('by address, principal name and SID, for those who may', async () => {
    const sid = lab.organisation.directory.account('bert')?.sid ?? '';
    for (const who of [
      '<t:PrimarySmtpAddress>bert@source.test</t:PrimarySmtpAddress>',
      '<t:SmtpAddress>BERT@source.test</t:SmtpAddress>',
      '<t:PrincipalName>bert@source.test</t:PrincipalName>',
      `<t:SID>${sid}</t:SID>`,
    ]) {
      const answer = await getFolder(INBOX, { user: 'svc', header: as(who) });
      expect(codes(answer)).toEqual(['NoError']);
      expect(first(answer.body, 'FolderId').attributes.Id).toBe(
        first((await getFolder(INBOX, { user: 'bert' })).body, 'FolderId').attributes.Id,
      );
    }
  });

  test.each([
    [
      'an ordinary user',
      { user: 'anna', header: as('<t:PrimarySmtpAddress>bert@source.test</t:PrimarySmtpAddress>') },
      'ErrorImpersonateUserDenied',
    ],
    [
      'nobody of that address',
      { user: 'svc', header: as('<t:PrimarySmtpAddress>no@source.test</t:PrimarySmtpAddress>') },
      'ErrorNonExistentMailbox',
    ],
    [
      'nobody of that name',
      { user: 'svc', header: as('<t:PrincipalName>no@source.test</t:PrincipalName>') },
      'ErrorInvalidUserInfo',
    ],
    ['nobody at all', { user: 'svc', header: '<t:ExchangeImpersonation/>' }, 'ErrorInvalidRequest'],
  ])('%s is refused', async (_, options, code) => {
    expect(fault(await getFolder(INBOX, options))).toEqual([500, code]);
  });

  test('an account without a mailbox is told so, unless it acts for somebody', async () => {
    expect(codes(await getFolder(INBOX, { user: 'clerk' }))).toEqual(['ErrorNonExistentMailbox']);
    expect(codes(await getFolder('<t:DistinguishedFolderId Id="publicfoldersroot"/>', { user: 'clerk' }))).toEqual([
      'NoError',
    ]);
  });
});

describe('rights', () => {
  const create = (folder: string, options: CallOptions) =>
    lab.client.call(
      `<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId>${folder}</m:SavedItemFolderId><m:Items><t:PostItem><t:Subject>x</t:Subject></t:PostItem></m:Items></m:CreateItem>`,
      options,
    );
  const grant = (rights: number, user = 'bert@source.test') => {
    const inbox = lab.organisation.store.distinguished(
      lab.organisation.store.mailbox('anna@source.test')?.id ?? '',
      'inbox',
    );
    lab.organisation.store.updateFolder(inbox?.id ?? '', {
      permissions: [{ user, displayName: user, level: 'Custom', rights }],
    });
  };

  test("somebody else's folder by what its permissions say, groups included", async () => {
    grant(0);
    expect(codes(await getFolder(inboxOf('anna'), { user: 'bert' }))).toEqual(['ErrorAccessDenied']);
    grant(0x401);
    expect(codes(await getFolder(inboxOf('anna'), { user: 'bert' }))).toEqual(['NoError']);
    expect(codes(await create(inboxOf('anna'), { user: 'bert' }))).toEqual(['ErrorAccessDenied']);
    grant(0x403);
    const made = await create(inboxOf('anna'), { user: 'bert' });
    expect(codes(made)).toEqual(['NoError']);
    const item = `<t:ItemId ${idAttributes(first(made.body, 'ItemId'))}/>`;
    const remove = () =>
      lab.client.call(`<m:DeleteItem DeleteType="HardDelete"><m:ItemIds>${item}</m:ItemIds></m:DeleteItem>`, {
        user: 'bert',
      });
    expect(codes(await remove())).toEqual(['ErrorAccessDenied']);
    grant(0x443, 'team@source.test');
    expect(codes(await remove())).toEqual(['NoError']);
    expect(codes(await getFolder(inboxOf('anna'), { user: 'carla' }))).toEqual(['ErrorAccessDenied']);
    grant(0x401, 'Default');
    expect(codes(await getFolder(inboxOf('anna'), { user: 'carla' }))).toEqual(['NoError']);
  });

  test('an account that may impersonate has no more rights than others when it does not', async () => {
    grant(0);
    expect(codes(await getFolder(inboxOf('anna'), { user: 'svc' }))).toEqual(['ErrorAccessDenied']);
  });
});

describe('public folders and the mailbox that holds them', () => {
  const HOLDER = 'd3b07384-d9a0-4c9b-8f3a-4f1e2a5b6c7d';
  test('content only with its name in the header, where the lab is strict', async () => {
    const strict = await startOrganisation({ options: { publicFolderHeaders: true } });
    const service = new TestClient(strict);
    try {
      const root = strict.store.distinguished('publicFolders', 'publicfoldersroot');
      strict.store.updateFolder(root?.id ?? '', {
        extra: { '66980102': Buffer.from(`${HOLDER}\0`, 'latin1').toString('base64') },
      });
      const find = (headers: Record<string, string>) =>
        service.call(
          `<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:ParentFolderIds><t:DistinguishedFolderId Id="publicfoldersroot"/></m:ParentFolderIds></m:FindItem>`,
          { user: 'svc', headers },
        );
      expect(codes(await find({}))).toEqual(['ErrorNoPublicFolderReplicaAvailable']);
      expect(codes(await find({ 'X-PublicFolderMailbox': `${HOLDER.replace('d3', 'e4')}@source.test` }))).toEqual([
        'ErrorNoPublicFolderReplicaAvailable',
      ]);
      expect(
        codes(
          await find({ 'X-PublicFolderMailbox': `${HOLDER}@source.test`, 'X-AnchorMailbox': `${HOLDER}@source.test` }),
        ),
      ).toEqual(['NoError']);
      const replicas = await service.call(
        '<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties><t:FieldURI FieldURI="folder:ReplicaList"/><t:ExtendedFieldURI PropertyTag="0x6698" PropertyType="Binary"/></t:AdditionalProperties></m:FolderShape><m:FolderIds><t:DistinguishedFolderId Id="publicfoldersroot"/></m:FolderIds></m:GetFolder>',
        { user: 'svc' },
      );
      expect(first(replicas.body, 'String').text).toBe(HOLDER);
      expect(Buffer.from(first(replicas.body, 'Value').text, 'base64').toString()).toBe(`${HOLDER}\0`);
    } finally {
      service.close();
      await strict.close();
    }
  });
});

describe('requests that are none', () => {
  test.each([
    ['an unknown operation', '<m:Frobnicate/>', 'ErrorInvalidRequest'],
    ['an operation of another namespace', '<t:GetFolder/>', 'ErrorInvalidRequest'],
    ['two operations', `<m:GetInboxRules/><m:GetInboxRules/>`, 'ErrorInvalidRequest'],
    ['nothing', '', 'ErrorInvalidRequest'],
    [
      'a shape that is none',
      `<m:GetFolder><m:FolderShape><t:BaseShape>Round</t:BaseShape></m:FolderShape><m:FolderIds>${INBOX}</m:FolderIds></m:GetFolder>`,
      'ErrorSchemaValidation',
    ],
  ])('%s', async (_, content, code) => {
    expect(fault(await lab.client.call(content))).toEqual([500, code]);
  });

  test('versions', async () => {
    expect(fault(await getFolder(INBOX, { version: 'Exchange2099' }))).toEqual([500, 'ErrorInvalidServerVersion']);
    expect(codes(await getFolder(INBOX, { version: 'Exchange2007_SP1' }))).toEqual(['NoError']);
  });

  test('broken XML is answered in the same connection', async () => {
    for (const broken of ['', '<', '<!DOCTYPE a><a/>', 'hello', '<a>'.repeat(200), '\u0000']) {
      const answer = await lab.client.post(broken);
      expect(answer.status).toBe(500);
      expect(answer.text).toContain('ErrorSchemaValidation');
    }
    expect(codes(await getFolder(INBOX))).toEqual(['NoError']);
  });
});
