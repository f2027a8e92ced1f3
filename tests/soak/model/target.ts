import { createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Random } from './random.ts';

export const targetRequest = z.discriminatedUnion('op', [
  z.object({ op: z.literal('create'), keys: z.array(z.string()) }),
  z.object({ op: z.literal('find'), keys: z.array(z.string()) }),
  z.object({ op: z.literal('delete'), ids: z.array(z.string()) }),
]);
export type TargetRequest = z.infer<typeof targetRequest>;

export interface TargetItem {
  id: string;
  key: string;
}

/**
 * A target as Exchange is one: it makes a new item for every create, also for the same one again, knows nothing of
 * fences, loses answers, and may carry a request out long after the connection broke.
 */
export class ModelTarget {
  readonly items = new Map<string, TargetItem>();
  operations = 0;
  readonly faults = { lostRequests: 0, lostAnswers: 0, lateRequests: 0 };
  #inFlight = 0;
  #next = 1;
  readonly #random: Random;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  constructor(random: Random) {
    this.#random = random;
    this.#server = createServer((socket) => this.#serve(socket));
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    if (typeof address !== 'object' || !address) throw new Error('the target has no port');
    return address.port;
  }

  /** Whether a request is still to be carried out. */
  get busy(): boolean {
    return this.#inFlight > 0;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
    const lines = createInterface({ input: socket });
    lines.on('error', () => undefined);
    lines.on('line', (line) => {
      this.#inFlight++;
      void this.#answer(socket, targetRequest.parse(JSON.parse(line))).finally(() => {
        this.#inFlight--;
      });
    });
  }

  async #answer(socket: Socket, request: TargetRequest): Promise<void> {
    const random = this.#random;
    if (random.chance(0.03)) {
      this.faults.lostRequests++;
      socket.destroy();
      return;
    }
    const late = request.op === 'create' && random.chance(0.03);
    if (late) {
      this.faults.lateRequests++;
      socket.destroy();
    }
    await sleep(late ? random.between(50, 400) : random.between(2, 20));
    const answer = this.#carryOut(request);
    if (random.chance(0.03)) {
      this.faults.lostAnswers++;
      socket.destroy();
      return;
    }
    if (!socket.destroyed) socket.end(`${JSON.stringify(answer)}\n`);
  }

  #carryOut(request: TargetRequest): TargetItem[] {
    this.operations++;
    switch (request.op) {
      case 'create':
        return request.keys.map((key) => {
          const item = { id: String(this.#next++), key };
          this.items.set(item.id, item);
          return item;
        });
      case 'find': {
        const wanted = new Set(request.keys);
        return [...this.items.values()].filter(({ key }) => wanted.has(key));
      }
      case 'delete':
        for (const id of request.ids) this.items.delete(id);
        return [];
      default:
        return request satisfies never;
    }
  }
}
