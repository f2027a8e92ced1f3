import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { questionFor, type ServiceQuestion } from './services.ts';

/**
 * What a port looks like from here.
 * - `open`: the expected service answered, or the connection was taken where there is no question to ask.
 * - `otherService`: taken, but what answered is another service; `silent`: taken, but nothing was said in time.
 * - `closed`: refused at once, so the way is free and nothing listens.
 * - `filtered`: no answer at all, or a router's word that the way is barred.
 * - `noAnswer`: UDP alone, where silence may be a filter or a service that does not answer.
 */
export type PortOutcome = 'open' | 'otherService' | 'silent' | 'closed' | 'filtered' | 'noAnswer' | 'error';

export interface PortResult {
  outcome: PortOutcome;
  /** The service that was asked for, where there was a question. */
  service?: string;
  detail: string;
  /** How long it took, in ms. */
  tookMs: number;
}

export interface PortTarget {
  host: string;
  port: number;
  protocol: 'tcp' | 'udp';
}

/**
 * Tries one port with the bytes a real client would send first; no name and no password is ever sent.
 * @param timeoutMs limit for connecting and answering together, in ms
 */
export async function probePort(target: PortTarget, timeoutMs: number): Promise<PortResult> {
  const started = performance.now();
  const question = questionFor(target.protocol, target.port, target.host);
  const result =
    target.protocol === 'tcp'
      ? await probeTcp(target, question, timeoutMs)
      : await probeUdp(target, question, timeoutMs);
  return {
    ...result,
    ...(question ? { service: question.service } : {}),
    tookMs: Math.round(performance.now() - started),
  };
}

type Outcome = Pick<PortResult, 'outcome' | 'detail'>;

/** Codes by which the network, not the host, says no. */
const BARRED = new Set(['EHOSTUNREACH', 'ENETUNREACH', 'EACCES', 'EPERM', 'EHOSTDOWN', 'ETIMEDOUT']);

function fromError(error: NodeJS.ErrnoException): Outcome {
  if (error.code === 'ECONNREFUSED')
    return { outcome: 'closed', detail: 'the host refuses the connection: nothing listens on this port' };
  if (error.code && BARRED.has(error.code))
    return { outcome: 'filtered', detail: `the network bars the way (${error.code})` };
  return {
    outcome: 'error',
    detail: error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN' ? 'the name cannot be resolved' : error.message,
  };
}

function probeTcp(target: PortTarget, question: ServiceQuestion | undefined, timeoutMs: number): Promise<Outcome> {
  return new Promise((resolve) => {
    const socket = connect({ host: target.host, port: target.port });
    let connected = false;
    let received = Buffer.alloc(0);
    const finish = (outcome: Outcome): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(outcome);
    };
    const timer = setTimeout(() => {
      if (!connected)
        finish({
          outcome: 'filtered',
          detail: `no answer within ${timeoutMs} ms: a filter drops the packets, or the host is away`,
        });
      else if (received.length > 0)
        finish({ outcome: 'otherService', detail: `what answers is not ${question?.service}` });
      else
        finish({
          outcome: 'silent',
          detail: `the connection was taken, but no ${question?.service} answered within ${timeoutMs} ms`,
        });
    }, timeoutMs);
    socket.on('connect', () => {
      connected = true;
      if (!question) finish({ outcome: 'open', detail: 'the connection was taken' });
      else if (question.ask) socket.write(question.ask());
    });
    socket.on('data', (chunk) => {
      if (!question) return;
      received = Buffer.concat([received, chunk]);
      const verdict = question.isAnswer(received);
      if (verdict === true) finish({ outcome: 'open', detail: `${question.service} answered` });
      else if (verdict === false)
        finish({ outcome: 'otherService', detail: `something answers, but it is not ${question.service}` });
    });
    const closed = (): void => {
      if (question)
        finish({
          outcome: 'otherService',
          detail: `the connection was taken and closed without an answer of ${question.service}`,
        });
      else finish({ outcome: 'open', detail: 'the connection was taken' });
    };
    socket.on('end', closed);
    socket.on('error', (error: NodeJS.ErrnoException) => (connected ? closed() : finish(fromError(error))));
  });
}

function probeUdp(target: PortTarget, question: ServiceQuestion | undefined, timeoutMs: number): Promise<Outcome> {
  return new Promise((resolve) => {
    const socket = createSocket(target.host.includes(':') ? 'udp6' : 'udp4');
    const finish = (outcome: Outcome): void => {
      clearTimeout(timer);
      clearInterval(again);
      socket.close();
      resolve(outcome);
    };
    const timer = setTimeout(
      () =>
        finish({
          outcome: 'noAnswer',
          detail: `no answer within ${timeoutMs} ms: filtered, or the service keeps silent`,
        }),
      timeoutMs,
    );
    // A lost datagram is no verdict: the question is put again within the limit.
    const again = setInterval(() => send(), Math.max(200, timeoutMs / 3));
    const send = (): void => {
      socket.send(question?.ask?.() ?? Buffer.from([0]), () => undefined);
    };
    socket.on('error', (error: NodeJS.ErrnoException) => finish(fromError(error)));
    socket.on('message', (message) => {
      if (!question || question.isAnswer(message) === true)
        finish({ outcome: 'open', detail: `${question?.service ?? 'the service'} answered` });
      else finish({ outcome: 'otherService', detail: `something answers, but it is not ${question.service}` });
    });
    // A connected socket hears the host's "port unreachable".
    socket.connect(target.port, target.host, send as () => void);
  });
}
