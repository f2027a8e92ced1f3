import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { authenticate, type Identity, mayWrite, whoAmI } from './access.ts';
import { addEntry, deleteEntry, renameEntry } from './add-delete.ts';
import { readSelection, selectAttributes } from './attributes.ts';
import { MalformedBer, messageLength } from './ber.ts';
import { type Controls, dirSyncResponse, pageResponse, readControls, refused, sortResponse } from './controls.ts';
import type { Directory } from './directory.ts';
import { dirSync } from './dirsync.ts';
import { LdapResult, ResultCode, refuse } from './errors.ts';
import { compile } from './match.ts';
import { modifyEntry } from './modify.ts';
import {
  type Answer,
  type Message,
  ResponseTag,
  readMessage,
  type SearchRequest,
  writeAnswer,
  writeEntry,
  writeReference,
} from './protocol.ts';
import { rootDse } from './root-dse.ts';
import { type Found, findBase, findEntries, maxPageSize } from './search.ts';
import type { Entry } from './tree.ts';

/** AD's MaxReceiveBuffer, in bytes. */
const longestMessage = 10 * 1024 * 1024;
/** AD keeps as many open paged searches a connection; the oldest is given up for a new one. */
const openPages = 64;
const noticeOfDisconnection = '1.3.6.1.4.1.1466.20036';
const whoAmIOid = '1.3.6.1.4.1.4203.1.11.3';

/** One client: reads its messages in order, answers each before the next. */
export class Connection {
  private readonly socket: TLSSocket;
  private readonly directory: Directory;
  private readonly globalCatalog: boolean;
  private who: Identity = null;
  private readonly pages = new Map<string, Found>();
  private received: Buffer[] = [];
  private receivedBytes = 0;
  private wanted = 0;
  private queue: Promise<void> = Promise.resolve();

  constructor(socket: TLSSocket, directory: Directory, globalCatalog: boolean) {
    this.socket = socket;
    this.directory = directory;
    this.globalCatalog = globalCatalog;
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
    socket.on('error', () => socket.destroy());
  }

  private receive(chunk: Buffer): void {
    this.received.push(chunk);
    this.receivedBytes += chunk.length;
    if (this.receivedBytes < this.wanted) return;
    let buffer = Buffer.concat(this.received);
    try {
      for (;;) {
        const length = messageLength(buffer);
        if (length !== undefined && length > longestMessage) throw new MalformedBer('a message beyond 10 MB');
        this.wanted = length ?? 0;
        if (length === undefined || buffer.length < length) break;
        const message = readMessage(buffer.subarray(0, length));
        buffer = buffer.subarray(length);
        this.enqueue(message);
      }
    } catch (error) {
      this.disconnect(error);
      return;
    }
    this.received = buffer.length > 0 ? [Buffer.from(buffer)] : [];
    this.receivedBytes = buffer.length;
  }

  private enqueue(message: Message): void {
    if (message.request.kind === 'abandon') return;
    // A client that sends without reading is not read on until its answers are taken.
    this.socket.pause();
    this.queue = this.queue
      .then(() => this.handle(message))
      .catch((error: unknown) => this.disconnect(error))
      .finally(() => {
        if (!this.socket.destroyed) this.socket.resume();
      });
  }

  private disconnect(error: unknown): void {
    if (this.socket.destroyed) return;
    const isTheirs = error instanceof MalformedBer;
    const answer: Answer = {
      code: isTheirs ? ResultCode.protocolError : ResultCode.unavailable,
      message: isTheirs ? '00000057: LdapErr: DSID-0C0C0061, comment: Error decoding ldap message, data 0, v4563' : '',
      extended: { oid: noticeOfDisconnection },
    };
    this.socket.end(writeAnswer(0, ResponseTag.extended, answer));
    this.socket.destroySoon();
  }

  private async send(bytes: Buffer): Promise<void> {
    if (this.socket.destroyed) return;
    if (this.socket.write(bytes)) return;
    const over = new AbortController();
    try {
      await Promise.race([
        once(this.socket, 'drain', { signal: over.signal }),
        once(this.socket, 'close', { signal: over.signal }),
      ]);
    } finally {
      over.abort();
    }
  }

  private async handle(message: Message): Promise<void> {
    const { request } = message;
    switch (request.kind) {
      case 'unbind':
        this.socket.end();
        return;
      case 'abandon':
        return;
      case 'search':
        return this.search(message.id, request, message);
      case 'bind':
        return this.reply(message.id, ResponseTag.bind, () =>
          this.bind(request.version, request.name, request.password),
        );
      case 'extended':
        return this.reply(message.id, ResponseTag.extended, () => this.extended(request.oid));
      case 'compare':
        return this.reply(message.id, ResponseTag.compare, () => this.compare(request));
      default:
        return this.reply(message.id, ResponseTag[request.kind], () => this.write(message));
    }
  }

  private async reply(id: number, tag: number, work: () => Answer): Promise<void> {
    let answer: Answer;
    try {
      answer = work();
    } catch (error) {
      answer = toAnswer(error);
    }
    await this.send(writeAnswer(id, tag, answer));
  }

  private bind(version: number, name: string, password: Buffer | undefined): Answer {
    this.who = null;
    this.pages.clear();
    if (version !== 3) throw new LdapResult(ResultCode.protocolError, '00000057: only LDAP version 3 is served');
    if (password === undefined)
      throw new LdapResult(
        ResultCode.authMethodNotSupported,
        '00002027: LdapErr: DSID-0C09048A, comment: Invalid Authentication method, data 0, v4563',
      );
    this.who = authenticate(this.directory, name, password);
    return { code: ResultCode.success };
  }

  private extended(oid: string): Answer {
    if (oid !== whoAmIOid)
      throw new LdapResult(
        ResultCode.protocolError,
        '00000057: LdapErr: DSID-0C090A22, comment: Unknown extended request OID, data 0, v4563',
      );
    return { code: ResultCode.success, extended: { value: Buffer.from(whoAmI(this.directory, this.who)) } };
  }

  private compare(request: { dn: string; attribute: string; value: Buffer }): Answer {
    if (this.who === null) throw refuse.access();
    const entry = findBase(this.directory, request.dn);
    const holds = compile(this.directory, { kind: 'equal', attribute: request.attribute, value: request.value })(entry);
    if (holds === undefined) throw refuse.noSuchAttribute(request.attribute);
    return { code: holds ? ResultCode.compareTrue : ResultCode.compareFalse };
  }

  private write({ request, controls: given }: Message): Answer {
    const controls = readControls(given);
    if (!mayWrite(this.directory, this.who)) throw refuse.access();
    const { directory } = this;
    switch (request.kind) {
      case 'modify':
        modifyEntry(directory, this.live(request.dn), request.changes, controls.permissiveModify);
        break;
      case 'add':
        addEntry(directory, request);
        break;
      case 'delete':
        deleteEntry(directory, this.live(request.dn), controls.treeDelete);
        break;
      case 'rename':
        renameEntry(directory, this.live(request.dn), request);
        break;
      default:
        throw refuse.unwilling('not a write');
    }
    return { code: ResultCode.success };
  }

  private live(dn: string): Entry {
    const entry = findBase(this.directory, dn);
    if (entry.attributes.get('isdeleted') === 'TRUE') throw refuse.noSuchObject(this.directory.names.baseDn);
    return entry;
  }

  private async search(id: number, request: SearchRequest, { controls: given }: Message): Promise<void> {
    let answer: Answer;
    try {
      const controls = readControls(given);
      if (request.base === '' && request.scope === 'base') answer = await this.sendRootDse(id, request);
      else if (controls.dirSync) answer = await this.sendDirSync(id, request, controls.dirSync);
      else answer = await this.sendFound(id, request, controls);
    } catch (error) {
      answer = toAnswer(error);
    }
    await this.send(writeAnswer(id, ResponseTag.done, answer));
  }

  private async sendRootDse(id: number, request: SearchRequest): Promise<Answer> {
    const { filter } = request;
    const isAnything = filter.kind === 'present' && filter.attribute.toLowerCase() === 'objectclass';
    if (isAnything) {
      const attributes = rootDse(this.directory, request.attributes, this.globalCatalog);
      await this.send(writeEntry(id, '', attributes));
    }
    return { code: ResultCode.success };
  }

  private async sendDirSync(
    id: number,
    request: SearchRequest,
    control: NonNullable<Controls['dirSync']>,
  ): Promise<Answer> {
    const page = dirSync(this.directory, this.who, request, control);
    for (const { entry, attributes } of page.entries)
      await this.send(writeEntry(id, this.directory.tree.dn(entry), attributes));
    return { code: ResultCode.success, controls: [dirSyncResponse(page.more, page.cookie)] };
  }

  private async sendFound(id: number, request: SearchRequest, controls: Controls): Promise<Answer> {
    const { page } = controls;
    const isFirst = !page || page.cookie.length === 0;
    const { guids, references } = isFirst
      ? findEntries(this.directory, this.who, request, controls, this.globalCatalog)
      : this.takePage(page.cookie);
    // A size limit within one page makes the control void (RFC 2696 section 3).
    const pageSize = page && Math.min(page.size || maxPageSize, maxPageSize);
    const isPaged = pageSize !== undefined && (request.sizeLimit === 0 || request.sizeLimit > pageSize);
    const most = isPaged ? pageSize : Math.min(request.sizeLimit || maxPageSize, maxPageSize);
    const isEnd = guids.length <= most;
    await this.sendEntries(id, request, guids.slice(0, most));
    if (isEnd) for (const uri of references) await this.send(writeReference(id, [uri]));
    const answered = controls.sort.length > 0 ? [sortResponse()] : [];
    if (!isPaged)
      return isEnd
        ? { code: ResultCode.success, controls: answered }
        : { code: ResultCode.sizeLimitExceeded, controls: answered };
    const cookie = isEnd ? Buffer.alloc(0) : this.keepPage({ guids: guids.slice(most), references });
    return { code: ResultCode.success, controls: [pageResponse(cookie), ...answered] };
  }

  private async sendEntries(id: number, request: SearchRequest, guids: readonly string[]): Promise<void> {
    const selection = readSelection(request.attributes);
    const { tree } = this.directory;
    for (const [n, guid] of guids.entries()) {
      const entry = tree.entries.get(guid);
      if (!entry) continue;
      const attributes = selectAttributes(this.directory, entry, selection, request.typesOnly);
      await this.send(writeEntry(id, tree.dn(entry), attributes));
      // Other connections and the mail front are served between.
      if (n % 200 === 199) await turn();
      if (this.socket.destroyed) return;
    }
  }

  private keepPage(rest: Found): Buffer {
    const cookie = randomBytes(8);
    this.pages.set(cookie.toString('hex'), rest);
    if (this.pages.size > openPages) for (const oldest of [...this.pages.keys()].slice(0, 1)) this.pages.delete(oldest);
    return cookie;
  }

  private takePage(cookie: Buffer): Found {
    const key = cookie.toString('hex');
    const rest = this.pages.get(key);
    if (!rest) throw refused();
    this.pages.delete(key);
    return rest;
  }
}

function toAnswer(error: unknown): Answer {
  if (!(error instanceof LdapResult)) throw error;
  return { code: error.code, matchedDn: error.matchedDn, message: error.message, referrals: error.referrals };
}
