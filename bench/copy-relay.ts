import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import type { LabOrganisation } from '../lab/start.ts';

/**
 * The peer of bench/copy: what a script of an afternoon does. Lists the items of every folder by FindItem, exports them in
 * batches, uploads what came, several batches at once. No store, no check, no repetition.
 * Arguments: ready file of the lab, source address, target address, batches at once.
 */
const [ready = '', from = '', to = '', atOnce = '4'] = process.argv.slice(2);
const { organisations } = JSON.parse(readFileSync(ready, 'utf8')) as { organisations: LabOrganisation[] };
const agent = new Agent({ keepAlive: true, maxSockets: 32 });
const [source, target] = organisations;
if (!source || !target) throw new Error('two organisations');
let calls = 0;

function ask(organisation: LabOrganisation, mailbox: string, body: string): Promise<string> {
  calls++;
  const text = `<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><soap:Header><t:RequestServerVersion Version="Exchange2013"/><t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>${mailbox}</t:PrimarySmtpAddress></t:ConnectingSID></t:ExchangeImpersonation></soap:Header><soap:Body>${body}</soap:Body></soap:Envelope>`;
  return new Promise((resolve, reject) => {
    const call = request(
      organisation.ewsUrl,
      {
        method: 'POST',
        agent,
        ca: readFileSync(organisation.caFile),
        auth: `${organisation.serviceAccount.user}:${organisation.serviceAccount.password}`,
        headers: { 'content-type': 'text/xml; charset=utf-8', 'content-length': Buffer.byteLength(text) },
      },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () => resolve(Buffer.concat(parts).toString('latin1')));
        response.on('error', reject);
      },
    );
    call.on('error', reject);
    call.end(text);
  });
}

const all = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map((m) => m[1] ?? '');

async function folders(organisation: LabOrganisation, mailbox: string): Promise<Map<string, string>> {
  const answer = await ask(
    organisation,
    mailbox,
    '<m:FindFolder Traversal="Deep"><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape><m:ParentFolderIds><t:DistinguishedFolderId Id="msgfolderroot"/></m:ParentFolderIds></m:FindFolder>',
  );
  const ids = all(answer, /<t:FolderId Id="([^"]+)"/g);
  const names = all(answer, /<t:DisplayName>([^<]*)</g);
  return new Map(ids.map((id, index) => [names[index] ?? '', id]));
}

interface Item {
  id: string;
  folder: string;
  size: number;
}

async function items(): Promise<Item[]> {
  const there = await folders(target as LabOrganisation, to);
  const found: Item[] = [];
  for (const [name, id] of await folders(source as LabOrganisation, from)) {
    for (let offset = 0; ; offset += 1000) {
      const answer = await ask(
        source as LabOrganisation,
        from,
        `<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties><t:FieldURI FieldURI="item:Size"/></t:AdditionalProperties></m:ItemShape><m:IndexedPageItemView MaxEntriesReturned="1000" Offset="${offset}" BasePoint="Beginning"/><m:ParentFolderIds><t:FolderId Id="${id}"/></m:ParentFolderIds></m:FindItem>`,
      );
      const ids = all(answer, /<t:ItemId Id="([^"]+)"/g);
      const sizes = all(answer, /<t:Size>(\d+)</g);
      found.push(...ids.map((item, i) => ({ id: item, folder: there.get(name) ?? '', size: Number(sizes[i]) })));
      if (ids.length < 1000) break;
    }
  }
  return found.filter((item) => item.folder !== '');
}

function batches(list: Item[]): Item[][] {
  const out: Item[][] = [];
  let bytes = 0;
  for (const item of list) {
    const last = out.at(-1);
    if (!last || last.length >= 100 || bytes + item.size > 4_000_000) {
      out.push([item]);
      bytes = item.size;
    } else {
      last.push(item);
      bytes += item.size;
    }
  }
  return out;
}

async function relay(batch: Item[]): Promise<void> {
  const ids = batch.map((item) => `<t:ItemId Id="${item.id}"/>`).join('');
  const body = `<m:ExportItems><m:ItemIds>${ids}</m:ItemIds></m:ExportItems>`;
  let answer = await ask(source as LabOrganisation, from, body);
  // At the limit to the call, one may begin at the server before it has counted the end of another.
  for (let tries = 0; tries < 20 && answer.includes('ErrorServerBusy'); tries++) {
    await delay(50);
    answer = await ask(source as LabOrganisation, from, body);
  }
  const data = all(answer, /<m:Data>([^<]*)</g);
  if (data.length !== batch.length) throw new Error(`${data.length} of ${batch.length} items came`);
  const uploads = batch
    .map(
      (item, i) =>
        `<t:Item CreateAction="CreateNew"><t:ParentFolderId Id="${item.folder}"/><t:Data>${data[i]}</t:Data></t:Item>`,
    )
    .join('');
  const done = await ask(target as LabOrganisation, to, `<m:UploadItems><m:Items>${uploads}</m:Items></m:UploadItems>`);
  const ok = all(done, /(ResponseClass="Success")/g).length;
  if (ok !== batch.length) throw new Error(`${ok} of ${batch.length} items arrived`);
}

const started = performance.now();
const cpuBefore = process.cpuUsage();
const list = await items();
const open = batches(list);
await Promise.all(
  Array.from({ length: Number(atOnce) }, async () => {
    for (let batch = open.shift(); batch; batch = open.shift()) await relay(batch);
  }),
);
const cpu = process.cpuUsage(cpuBefore);
process.stdout.write(
  `${JSON.stringify({
    ms: performance.now() - started,
    cpuMs: (cpu.user + cpu.system) / 1000,
    peakRssMb: process.resourceUsage().maxRSS / 1024,
    items: list.length,
    calls,
  })}\n`,
);
agent.destroy();
