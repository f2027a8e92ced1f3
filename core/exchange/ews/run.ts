import { TruncatedAnswer } from '../errors.ts';
import type { CallOptions, Result } from '../mail-store.ts';
import { type Anchor, type Call, type EwsClient, messageError, pauseOf } from './client.ts';
import { ErrorServerBusy, type EwsError, isNotStarted, isPassingCode } from './codes.ts';
import type { Body } from './lane.ts';
import type { XmlNode } from './xml.ts';

/** A client with the mailbox it is to speak about. */
export interface Session {
  client: EwsClient;
  anchor: Anchor;
  /** Requests that were sent for this mailbox. */
  calls: number;
}

export interface Operation extends CallOptions {
  operation: string;
  body: string | Body;
  repeatable: boolean;
  blobs?: string[];
  timeZoneContext?: string | undefined;
}

/**
 * Carries out an operation that answers one response message for each thing asked. Messages come back in order, errors
 * as they are; a well-formed answer with fewer messages than asked counts as truncated.
 */
export async function messages(session: Session, operation: Operation, expected: number): Promise<XmlNode[]> {
  const record = `${operation.operation}ResponseMessage`;
  return session.client.call<XmlNode[]>({
    ...callOf(session, operation),
    records: [record],
    collect() {
      const found: XmlNode[] = [];
      return {
        record: (node) => found.push(node),
        result: () => {
          if (found.length < expected) throw short(operation.operation, expected, found.length);
          throwIfAllBusy(found);
          return found;
        },
      };
    },
  });
}

/** One message; its error is thrown. */
export async function message(session: Session, operation: Operation): Promise<XmlNode> {
  const record = `${operation.operation}ResponseMessage`;
  return single(session, operation, record);
}

/** An operation whose answer is one element of this name with the response class on it. */
export async function single(session: Session, operation: Operation, record: string): Promise<XmlNode> {
  return session.client.call<XmlNode>({
    ...callOf(session, operation),
    records: [record],
    collect() {
      let found: XmlNode | undefined;
      return {
        record: (node) => {
          found ??= node;
        },
        result: () => {
          if (!found) throw short(operation.operation, 1, 0);
          const error = messageError(found);
          if (error) throw error;
          return found;
        },
      };
    },
  });
}

function callOf(session: Session, operation: Operation): Omit<Call<never>, 'records' | 'collect'> {
  return {
    operation: operation.operation,
    body: operation.body,
    anchor: session.anchor,
    counter: session,
    repeatable: operation.repeatable,
    ...(operation.blobs ? { blobs: operation.blobs } : {}),
    signal: operation.signal,
    guard: operation.guard,
    timeZoneContext: operation.timeZoneContext,
  };
}

export function short(operation: string, expected: number, found: number): TruncatedAnswer {
  return new TruncatedAnswer({
    tried: `read the answer to ${operation}`,
    happened: `It holds ${found} answers where ${expected} were asked for.`,
    next: 'The request is repeated where that is safe; if it persists, look for a proxy that changes answers.',
  });
}

/** A busy server answers every message of a call alike: that is a pause, not a result. */
function throwIfAllBusy(found: XmlNode[]): void {
  const first = found[0] && messageError(found[0]);
  if (!(first instanceof ErrorServerBusy)) return;
  if (found.every((node) => messageError(node)?.code === first.code || messageError(node)?.code === STOPPED))
    throw first;
}
const STOPPED = 'ErrorBatchProcessingStopped';

/**
 * Runs a bulk operation over things in one or more calls: those that the server was too busy for are asked again after
 * the pause it named, which holds for everybody at that server; those that failed for another reason that passes, after a
 * pause of their own; up to `rounds` times. Where the operation `writes`, only what was certainly not begun is repeated.
 */
export async function bulk<Thing, T>(
  session: Session,
  things: Thing[],
  once: (things: Thing[]) => Promise<Result<T>[]>,
  { writes = false, rounds = 8, signal }: { writes?: boolean; rounds?: number; signal?: AbortSignal | undefined } = {},
): Promise<Result<T>[]> {
  const results: Result<T>[] = [];
  let open = things.map((thing, index) => ({ thing, index }));
  for (let round = 0; open.length > 0; round++) {
    const answers = await once(open.map((o) => o.thing));
    const again: typeof open = [];
    let pause: number | null = null;
    let busy = false;
    open.forEach((entry, position) => {
      const answer = answers[position];
      if (!answer) return;
      const error = answer.ok ? undefined : answer.error;
      if (round < rounds && error && (writes ? isNotStarted(error) : isPassingCode(error))) {
        pause ??= pauseOf(error as EwsError);
        busy ||= isNotStarted(error);
        again.push(entry);
      } else results[entry.index] = answer;
    });
    if (busy) session.client.pace.backOff(pause, 'the server put off some items');
    else if (again.length > 0) await session.client.rest(Math.min(round + 1, 3), signal);
    open = again;
  }
  return results;
}

/** Turns messages into results, in order. */
export function resultsOf<T>(found: XmlNode[], count: number, read: (node: XmlNode) => T): Result<T>[] {
  return found.slice(0, count).map((node) => {
    const error = messageError(node);
    if (error) return { ok: false, error };
    return { ok: true, value: read(node) };
  });
}
