import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import type { PortOutcome, Protocol } from './model.ts';
import { questionFor, type ServiceQuestion } from './services.ts';

export interface PortResult {
  outcome: PortOutcome;
  /** The service that was asked for, where there was a question. */
  service?: string;
  detail: string;
  /** How long it took, in ms. */
  tookMs: number;
}

export interface PortTarget {
  /** Name or address, as it is told to the service. */
  host: string;
  /** Where to connect, if the name was looked up already. */
  address?: string;
  port: number;
  protocol: Protocol;
  /** The well-known port of the service, where it listens on another one here. */
  servicePort?: number;
}

/**
 * Tries one port with the bytes a real client would send first; no name and no password is ever sent.
 * @param timeoutMs limit for connecting and answering together, in ms
 */
export async function probePort(target: PortTarget, timeoutMs: number): Promise<PortResult> {
  const started = performance.now();
  const question = questionFor(target.protocol, target.servicePort ?? target.port, target.host);
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
    const socket = connect({ host: target.address ?? target.host, port: target.port });
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
    const socket = createSocket((target.address ?? target.host).includes(':') ? 'udp6' : 'udp4');
    let done = false;
    const finish = (outcome: Outcome): void => {
      if (done) return;
      done = true;
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
      if (!done) socket.send(question?.ask?.() ?? Buffer.from([0]), () => undefined);
    };
    socket.on('error', (error: NodeJS.ErrnoException) => finish(fromError(error)));
    socket.on('message', (message) => {
      if (!question || question.isAnswer(message) === true)
        finish({ outcome: 'open', detail: `${question?.service ?? 'the service'} answered` });
      else finish({ outcome: 'otherService', detail: `something answers, but it is not ${question.service}` });
    });
    // A connected socket hears the host's "port unreachable".
    socket.connect(target.port, target.address ?? target.host, send as () => void);
  });
}
