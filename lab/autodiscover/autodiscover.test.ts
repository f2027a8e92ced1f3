import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { all, first, TestClient } from '../ews/testing/client.ts';
import { startOrganisation, type TestOrganisation } from '../ews/testing/organisation.ts';
import { parseXml } from '../ews/xml/parse.ts';

const HOLDER = 'd3b07384-d9a0-4c9b-8f3a-4f1e2a5b6c7d';
let organisation: TestOrganisation;
let client: TestClient;
beforeAll(async () => {
  organisation = await startOrganisation();
  client = new TestClient(organisation);
  const root = organisation.store.distinguished('publicFolders', 'publicfoldersroot');
  organisation.store.updateFolder(root?.id ?? '', {
    extra: { '66980102': Buffer.from(`${HOLDER}\0`, 'latin1').toString('base64') },
  });
});
afterAll(async () => {
  client.close();
  await organisation.close();
});

describe('plain XML', () => {
  const OUTLOOK = 'http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a';
  const ask = async (address: string, schema = OUTLOOK) =>
    parseXml(
      (
        await client.post(
          `<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"><Request><EMailAddress>${address}</EMailAddress><AcceptableResponseSchema>${schema}</AcceptableResponseSchema></Request></Autodiscover>`,
          { path: '/Autodiscover/Autodiscover.xml' },
        )
      ).text,
    );

  test('where a mailbox is, its archive, its public folders', async () => {
    const answer = await ask('ANNA@source.test');
    expect(all(answer, 'EwsUrl').map((u) => u.text)).toEqual([
      `${organisation.url}/EWS/Exchange.asmx`,
      `${organisation.url}/EWS/Exchange.asmx`,
    ]);
    expect(first(answer, 'AutoDiscoverSMTPAddress').text).toBe('anna@source.test');
    expect(first(first(answer, 'AlternativeMailbox'), 'Type').text).toBe('Archive');
    expect(first(answer, 'SmtpAddress').text).toBe(`${HOLDER}@source.test`);
    const holder = await ask(`${HOLDER}@source.test`);
    expect(first(holder, 'AutoDiscoverSMTPAddress').text).toBe(`${HOLDER}@source.test`);
  });

  test('errors have a document of their own', async () => {
    expect(first(await ask('who@source.test'), 'ErrorCode').text).toBe('500');
    expect(first(await ask('anna@source.test', 'http://other'), 'ErrorCode').text).toBe('601');
    const nonsense = await client.post('nonsense', { path: '/autodiscover/autodiscover.xml' });
    expect([nonsense.status, first(parseXml(nonsense.text), 'ErrorCode').text]).toEqual([200, '600']);
  });

  test('not without a logon', async () => {
    expect((await client.send('POST', '/autodiscover/autodiscover.xml', '<x/>', {})).status).toBe(401);
    expect((await client.post('<x/>', { path: '/autodiscover/autodiscover.svc', password: 'wrong' })).status).toBe(401);
  });
});

describe('SOAP', () => {
  const A = 'http://schemas.microsoft.com/exchange/2010/Autodiscover';
  const ask = (users: string[], settings: string[]) =>
    client.post(
      `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:a="${A}"><s:Body><a:GetUserSettingsRequestMessage><a:Request><a:Users>${users.map((u) => `<a:User><a:Mailbox>${u}</a:Mailbox></a:User>`).join('')}</a:Users><a:RequestedSettings>${settings.map((s) => `<a:Setting>${s}</a:Setting>`).join('')}</a:RequestedSettings></a:Request></a:GetUserSettingsRequestMessage></s:Body></s:Envelope>`,
      { path: '/autodiscover/autodiscover.svc' },
    );
  test('settings of several users, each by itself', async () => {
    const answer = parseXml(
      (
        await ask(
          ['anna@source.test', 'who@source.test'],
          ['ExternalEwsUrl', 'UserDisplayName', 'PublicFolderInformation', 'AlternateMailboxes', 'Nonsense'],
        )
      ).text,
    );
    const [anna, who] = all(answer, 'UserResponse');
    expect([anna, who].map((r) => r?.children[0]?.text)).toEqual(['NoError', 'InvalidUser']);
    const values = Object.fromEntries(
      all(first(answer, 'UserSettings'), 'UserSetting').map((s) => [s.children[0]?.text, s.children[1]?.text]),
    );
    expect(values).toMatchObject({
      ExternalEwsUrl: `${organisation.url}/EWS/Exchange.asmx`,
      UserDisplayName: 'Anna Berg',
      PublicFolderInformation: `${HOLDER}@source.test`,
    });
    expect(first(first(answer, 'UserSettingError'), 'SettingName').text).toBe('Nonsense');
  });
  test('another operation is refused', async () => {
    const answer = await client.post(
      `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><x/></s:Body></s:Envelope>`,
      { path: '/autodiscover/autodiscover.svc' },
    );
    expect([answer.status, first(parseXml(answer.text), 'faultcode').text]).toEqual([500, 'a:ActionNotSupported']);
  });
});

describe('version 2', () => {
  const get = async (path: string) => {
    const { status, text } = await client.send('GET', path, undefined, {});
    return [status, JSON.parse(text)];
  };
  test('without a logon', async () => {
    const url = `${organisation.url}/EWS/Exchange.asmx`;
    expect(await get('/autodiscover/autodiscover.json?Email=anna@source.test&Protocol=EWS')).toEqual([
      200,
      { Protocol: 'EWS', Url: url },
    ]);
    expect(await get('/autodiscover/autodiscover.json/v1.0/anna%40source.test?Protocol=ews')).toEqual([
      200,
      { Protocol: 'EWS', Url: url },
    ]);
    expect((await get('/autodiscover/autodiscover.json?Email=who@source.test&Protocol=EWS'))[0]).toBe(404);
    expect((await get('/autodiscover/autodiscover.json?Email=anna@source.test&Protocol=POP3'))[1]).toMatchObject({
      ErrorCode: 'InvalidProtocol',
    });
    expect((await get('/autodiscover/autodiscover.json?Email=anna@source.test'))[0]).toBe(400);
    expect((await get('/autodiscover/autodiscover.json/v1.0/%ZZ?Protocol=ews'))[0]).toBe(400);
  });
});
