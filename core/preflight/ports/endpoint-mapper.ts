import { connect } from 'node:net';

/** RPC services with dynamic ports that the table's last rows are about ([MS-DRSR], [MS-NRPC], [MS-SAMR], [MS-OXCRPC]). */
export const RPC_SERVICES = {
  DRSUAPI: { uuid: 'e3514235-4b06-11d1-ab04-00c04fc2dcd2', version: 4 },
  NetLogonR: { uuid: '12345678-1234-abcd-ef00-01234567cffb', version: 1 },
  SamR: { uuid: '12345778-1234-abcd-ef00-0123456789ac', version: 1 },
  'Mailbox Store': { uuid: 'a4f1db00-ca47-1067-b31f-00dd010662da', version: 0 },
} as const;
export type RpcService = keyof typeof RPC_SERVICES;

const EPM = 'e1af8308-5d1f-11c9-91a4-08002b14a0fa';
const NDR = '8a885d04-1ceb-11c9-9fe8-08002b104860';
const MAPPER_PORT = 135;

/** A UUID as it stands in a little-endian RPC message: the first three fields swapped. */
export function uuidBytes(uuid: string): Buffer {
  const hex = Buffer.from(uuid.replaceAll('-', ''), 'hex');
  hex.subarray(0, 4).reverse();
  hex.subarray(4, 6).reverse();
  hex.subarray(6, 8).reverse();
  return hex;
}

const u16 = (n: number): Buffer => Buffer.from([n & 0xff, n >> 8]);
const u32 = (n: number): Buffer => Buffer.concat([u16(n & 0xffff), u16(n >>> 16)]);

/** Connection-oriented PDU header ([C706] 12.6.3.1): version 5.0, whole fragment, little endian. */
function pdu(type: number, callId: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([5, 0, type, 3, 0x10, 0, 0, 0]), u16(16 + body.length), u16(0), u32(callId), body]);
}

/** Binds to the endpoint mapper, version 3, with NDR ([C706] 12.6.4.3). */
export function mapperBind(): Buffer {
  const context = Buffer.concat([Buffer.from([0, 0, 1, 0]), uuidBytes(EPM), u32(3), uuidBytes(NDR), u32(2)]);
  return pdu(11, 1, Buffer.concat([u16(5840), u16(5840), u32(0), Buffer.from([1, 0, 0, 0]), context]));
}

/** ept_map (opnum 3, [C706] appendix O): where does this interface listen over TCP? */
export function mapRequest(service: RpcService, callId = 2): Buffer {
  const { uuid, version } = RPC_SERVICES[service];
  const floor = (left: Buffer, right: Buffer): Buffer =>
    Buffer.concat([u16(left.length), left, u16(right.length), right]);
  const tower = Buffer.concat([
    u16(5),
    floor(Buffer.concat([Buffer.from([0x0d]), uuidBytes(uuid), u16(version)]), u16(0)),
    floor(Buffer.concat([Buffer.from([0x0d]), uuidBytes(NDR), u16(2)]), u16(0)),
    floor(Buffer.from([0x0b]), u16(0)),
    floor(Buffer.from([0x07]), Buffer.from([0, 135])),
    floor(Buffer.from([0x09]), u32(0)),
  ]);
  const padding = Buffer.alloc((4 - (tower.length % 4)) % 4);
  const stub = Buffer.concat([
    u32(1),
    Buffer.alloc(16),
    u32(2),
    u32(tower.length),
    u32(tower.length),
    tower,
    padding,
    Buffer.alloc(20),
    u32(4),
  ]);
  return pdu(0, callId, Buffer.concat([u32(stub.length), u16(0), u16(3), stub]));
}

/** The TCP ports in an answer to ept_map: floors with protocol 7 and a port in network order. */
export function portsOfAnswer(answer: Uint8Array): number[] {
  const bytes = Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength);
  const floor = Buffer.from([1, 0, 7, 2, 0]);
  const ports = new Set<number>();
  for (let at = bytes.indexOf(floor); at >= 0 && at + 7 <= bytes.length; at = bytes.indexOf(floor, at + 1)) {
    const port = bytes.readUInt16BE(at + 5);
    if (port !== 0) ports.add(port);
  }
  return [...ports];
}

/** What the mapper said of one service. */
export type Mapping = { service: RpcService; ports: number[] };

/**
 * Asks a host's endpoint mapper where services listen; anonymous, as every RPC client does before it binds.
 * @param timeoutMs limit for everything, in ms
 * @throws when the mapper does not answer as one
 */
export function askMapper(host: string, services: readonly RpcService[], timeoutMs: number): Promise<Mapping[]> {
  const { promise, resolve, reject } = Promise.withResolvers<Mapping[]>();
  const socket = connect({ host, port: MAPPER_PORT });
  const found: Mapping[] = [];
  let received = Buffer.alloc(0);
  const timer = setTimeout(
    () => reject(new Error(`port ${MAPPER_PORT} did not answer within ${timeoutMs} ms`)),
    timeoutMs,
  );
  const askNext = (): void => {
    const service = services[found.length];
    if (service === undefined) resolve(found);
    else socket.write(mapRequest(service, found.length + 2));
  };
  socket.on('connect', () => socket.write(mapperBind()));
  socket.on('error', reject);
  socket.on('close', () => reject(new Error('the endpoint mapper closed the connection')));
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 16 && received.length >= received.readUInt16LE(8)) {
      const length = received.readUInt16LE(8);
      const answer = received.subarray(0, length);
      received = received.subarray(length);
      if (length < 16 || answer[0] !== 5) return reject(new Error('what answers on port 135 is not RPC'));
      const service = services[found.length];
      if (answer[2] === 12) askNext();
      else if (answer[2] === 2 && service !== undefined) {
        found.push({ service, ports: portsOfAnswer(answer) });
        askNext();
      } else if (answer[2] === 3 && service !== undefined) {
        found.push({ service, ports: [] });
        askNext();
      } else return reject(new Error('the endpoint mapper refused the question'));
    }
  });
  return promise.finally(() => {
    clearTimeout(timer);
    socket.destroy();
  });
}
