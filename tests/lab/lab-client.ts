import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { Client } from 'ldapts';
import nodemailer from 'nodemailer';
import type { LabOrganisation } from '../../lab/start.ts';

/** Plain clients of one organisation of the lab, for tests: as bound, logged on and connected as anybody from outside. */
export function clientsOf(organisation: LabOrganisation) {
  const ca = readFileSync(organisation.caFile, 'utf8');
  const { user, password } = organisation.serviceAccount;
  return {
    ca,
    async ldap(who = user, secret = password): Promise<Client> {
      const client = new Client({ url: organisation.ldapUrl, tlsOptions: { ca } });
      await client.bind(who, secret);
      return client;
    },
    async mail(to: string, subject: string): Promise<void> {
      const { host, port } = organisation.smtp;
      const transport = nodemailer.createTransport({ host, port, requireTLS: true, tls: { ca } });
      try {
        await transport.sendMail({ from: 'sender@elsewhere.test', to, subject, text: 'hello' });
      } finally {
        transport.close();
      }
    },
    /** Subjects in the Inbox of an address, read by impersonation; the response code where it cannot be. */
    async inbox(address: string): Promise<string[] | string> {
      return subjects(await post(organisation.ewsUrl, ca, `${user}:${password}`, findInbox(address)));
    },
    /** The same as its owner reads it; `401` where the server does not let him in. */
    async ownInbox(address: string, secret: string): Promise<string[] | string> {
      return subjects(await post(organisation.ewsUrl, ca, `${address}:${secret}`, findInbox()));
    },
  };
}

function subjects({ status, text }: { status: number; text: string }): string[] | string {
  if (status === 401) return '401';
  const code = /ResponseCode[^>]*>(?!NoError)([^<]+)</.exec(text)?.[1] ?? /faultcode[^>]*>\w+:(\w+)</.exec(text)?.[1];
  if (code !== undefined) return code;
  return [...text.matchAll(/<t:Subject>([^<]*)</g)].map((match) => match[1] ?? '').sort();
}

function findInbox(impersonated?: string): string {
  const as =
    impersonated === undefined
      ? ''
      : `<t:ExchangeImpersonation><t:ConnectingSID><t:SmtpAddress>${impersonated}</t:SmtpAddress></t:ConnectingSID></t:ExchangeImpersonation>`;
  return `<?xml version="1.0" encoding="utf-8"?>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types" xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages">
<s:Header><t:RequestServerVersion Version="Exchange2013_SP1"/>${as}</s:Header>
<s:Body><m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape><m:IndexedPageItemView MaxEntriesReturned="100" Offset="0" BasePoint="Beginning"/><m:ParentFolderIds><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderIds></m:FindItem></s:Body>
</s:Envelope>`;
}

function post(url: string, ca: string, auth: string, body: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const call = request(
      url,
      { method: 'POST', ca, auth, agent: false, headers: { 'Content-Type': 'text/xml' } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
        );
      },
    );
    call.on('error', reject);
    call.end(body);
  });
}
