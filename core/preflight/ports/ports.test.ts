import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { createServer, type Server } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../domain/errors.ts';
import { ALL_ROWS, attemptsOf } from './attempts.ts';
import { mapRequest, portsOfAnswer, uuidBytes } from './endpoint-mapper.ts';
import { ERRATA } from './errata.ts';
import { readPortResults } from './import.ts';
import { tryRows } from './matrix.ts';
import type { PortEnd, PortHosts } from './model.ts';
import { probePort } from './probe.ts';
import { portScript, RESULT_COLUMNS, TRY_COLUMNS } from './script.ts';
import { PORT_TABLE } from './table.ts';

const asIs = (_end: PortEnd, _host: string, port: number): number => port;
const HOSTS: PortHosts = {
  sql: ['sql1'],
  sourceDc: ['sdc1'],
  targetDc: ['tdc1'],
  sourceExchange: ['sex1'],
  targetExchange: ['tex1'],
  targetSmtp: ['tex1'],
  sourceDns: ['sdc1'],
  targetDns: ['tdc1'],
};
const row = (number: number) => {
  const found = ALL_ROWS.find((one) => one.row === number);
  if (!found) throw new Error(`no row ${number}`);
  return found;
};
const shown = (number: number, decides = true): string[] =>
  attemptsOf(row(number), HOSTS, asIs)
    .filter((one) => one.decides === decides)
    .map(({ host, protocol, port }) => `${host} ${protocol} ${port}`);

const open: (Server | UdpSocket)[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});
async function listen(answer: (socket: import('node:net').Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    answer(socket);
  });
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

describe('the table', () => {
  it('has the 82 rows of the document in their order', () => {
    expect(PORT_TABLE.map((one) => one.row)).toEqual(Array.from({ length: 82 }, (_, i) => i + 1));
    expect(row(1)).toMatchObject({ from: 'console', to: 'sourceDc', port: 25 });
    expect(row(82)).toMatchObject({ from: 'console', to: 'sourceDc', port: 49152, portTo: 65535 });
  });

  it('has mistakes, which are named for rows that exist and say something else than the row', () => {
    for (const { rows, truth, source, instead, unused } of ERRATA) {
      expect(truth.length + source.length).toBeGreaterThan(20);
      for (const number of rows) {
        const one = row(number);
        for (const change of instead ?? []) expect({ ...one, ...change }).not.toEqual(one);
        if (unused) expect(one.protocols).toEqual(expect.arrayContaining([...unused]));
      }
    }
  });

  it.each([
    [17, ['tdc1 udp 123'], ['tdc1 tcp 123']],
    [27, ['sdc1 udp 137'], ['sdc1 tcp 137']],
    [59, ['tdc1 tcp 464', 'tdc1 udp 464'], ['tdc1 tcp 445']],
    [53, ['tdc1 tcp 445'], []],
    [65, ['sex1 tcp 995'], ['sdc1 tcp 993']],
    [66, ['sex1 tcp 993'], ['sdc1 tcp 995']],
    [5, ['sdc1 tcp 53', 'sdc1 udp 53'], []],
    [62, ['tdc1 tcp 636'], []],
  ])('row %d: what is true decides, the words of the table are tried too', (number, decides, asWritten) => {
    expect(shown(number)).toEqual(decides);
    expect(shown(number, false)).toEqual(asWritten);
  });
});

describe('one port', () => {
  it('is open where the expected service answers, and something else where another does', async () => {
    const smtp = await listen((socket) => socket.write('220 mail.example ESMTP\r\n'));
    const ssh = await listen((socket) => socket.write('SSH-2.0-OpenSSH_9\r\n'));
    const silent = await listen(() => undefined);
    const hangsUp = await listen((socket) => socket.destroy());
    const probe = (port: number) => probePort({ host: '127.0.0.1', port, protocol: 'tcp', servicePort: 25 }, 300);
    expect((await probe(smtp)).outcome).toBe('open');
    expect((await probe(ssh)).outcome).toBe('otherService');
    expect((await probe(silent)).outcome).toBe('silent');
    expect((await probe(hangsUp)).outcome).toBe('otherService');
  });

  it('is closed where nothing listens, by TCP and by UDP', async () => {
    const port = await listen(() => undefined);
    open.splice(0).forEach((one) => {
      one.close();
    });
    expect((await probePort({ host: '127.0.0.1', port, protocol: 'tcp' }, 1000)).outcome).toBe('closed');
    expect((await probePort({ host: '127.0.0.1', port, protocol: 'udp' }, 1000)).outcome).toBe('closed');
  });

  it('is asked again over UDP, because a datagram may be lost', async () => {
    const socket = createSocket('udp4');
    open.push(socket);
    let asked = 0;
    socket.on('message', (message, peer) => {
      asked++;
      if (asked === 2) socket.send(Buffer.concat([Buffer.from([0x24]), Buffer.alloc(47)]), peer.port, peer.address);
      expect(message[0]).toBe(0x23);
    });
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    const target = { host: '127.0.0.1', port: socket.address().port, protocol: 'udp', servicePort: 123 } as const;
    expect((await probePort(target, 1500)).outcome).toBe('open');
    expect(asked).toBeGreaterThanOrEqual(2);
  });
});

describe('the whole matrix', () => {
  it('tries what several rows ask for once', async () => {
    let connections = 0;
    const port = await listen((socket) => {
      connections++;
      socket.end();
    });
    const rows = [40, 48, 106].map(row);
    const tries = await tryRows({
      rows,
      hosts: { targetExchange: ['127.0.0.1'] },
      configured: () => port,
      limitMs: 1000,
    });
    expect(tries).toHaveLength(3);
    expect(connections).toBe(1);
  });

  it('says that a name cannot be resolved, instead of calling the port closed', async () => {
    const tries = await tryRows({
      rows: [row(62)],
      hosts: { targetDc: ['no-such-host.invalid'] },
      configured: asIs,
      limitMs: 3000,
    });
    expect(tries[0]?.result).toMatchObject({ outcome: 'error' });
    expect(tries[0]?.result.detail).toContain('resolved');
  });
});

describe('the endpoint mapper', () => {
  it('is asked with a UUID in little-endian order and answered with a port in network order', () => {
    expect(uuidBytes('e1af8308-5d1f-11c9-91a4-08002b14a0fa').toString('hex')).toBe('0883afe11f5dc91191a408002b14a0fa');
    expect(mapRequest('DRSUAPI').readUInt16LE(8)).toBe(mapRequest('DRSUAPI').length);
    expect(portsOfAnswer(Buffer.from('ffff0100070200c001010009040007f00000', 'hex'))).toEqual([0xc001]);
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void portsOfAnswer(bytes)));
  });
});

describe('rows between other machines', () => {
  const plan = { rows: ALL_ROWS, hosts: HOSTS, configured: asIs, limitMs: 5000 };
  const lines = (script: string): string[][] =>
    script
      .slice(script.indexOf("@'") + 2, script.indexOf("\r\n'@"))
      .trim()
      .split('\r\n')
      .map((line) => line.split(';'));

  it('come as a script with every row that begins there', () => {
    const script = portScript('targetExchange', plan);
    const [head, ...tries] = lines(script);
    expect(head).toEqual([...TRY_COLUMNS]);
    const rows = new Set(tries.map(([number]) => Number(number)));
    expect([...rows].sort((a, b) => a - b)).toEqual(
      PORT_TABLE.filter(({ from }) => from === 'targetExchange').map((one) => one.row),
    );
    // The endpoint mapper's questions for the dynamic range.
    expect(tries.find(([number]) => number === '79')?.at(-1)).toBe(
      mapRequest('Mailbox Store').toString('hex').toLowerCase(),
    );
    expect(script).toContain(`Select-Object ${RESULT_COLUMNS.join(', ')} |`);
    for (const [open_, close] of ['{}', '()', '[]'].map((pair) => [...pair])) {
      const code = script.replace(/'(?:[^']|'')*'/g, '').replace(/^\s*#.*$/gm, '');
      expect(code.split(open_ ?? '').length, open_).toBe(code.split(close ?? '').length);
    }
    expect(script.replaceAll('\r\n', '')).not.toContain('\n');
  });

  it('are never built from names that PowerShell would read otherwise', () => {
    for (const host of ["dc1'@\r\nRemove-Item", 'dc1;x', '$(calc)', '']) {
      const bad = { ...plan, hosts: { ...HOSTS, sourceDc: [host] } };
      expect(() => portScript('targetExchange', bad), host).toThrow(UsageError);
    }
  });

  const resultFile = (
    answers: (line: string[]) => { state: string; answer?: string },
    from: PortEnd = 'targetExchange',
  ): string => {
    const tries = lines(portScript(from, plan)).slice(1);
    const quoted = (cells: readonly (string | undefined)[]) =>
      cells.map((cell) => `"${(cell ?? '').replaceAll('"', '""')}"`).join(',');
    const rows = tries.map((line) => {
      const [number, start, to, host, protocol, port, portTo, decides] = line;
      const { state, answer = '' } = answers(line);
      return quoted([
        'TEX1',
        number,
        start,
        to,
        host,
        protocol,
        port,
        portTo,
        decides,
        state,
        answer,
        '',
        '12',
        '2026-11-22T10:00:00Z',
      ]);
    });
    return `\ufeff${[quoted(RESULT_COLUMNS), ...rows].join('\r\n')}\r\n`;
  };
  const outcomeOf = async (file: string, number: number): Promise<string | undefined> => {
    const results = (await readPortResults(file)).get('TEX1') ?? [];
    return results.find(({ id }) => id === `ports.row-${number}`)?.finding.outcome;
  };

  it('are read back and judged as our own tries are', async () => {
    const greeting = Buffer.from('220 mail ESMTP\r\n').toString('hex');
    const smtp = resultFile(([number]) =>
      number === '4' ? { state: 'answered', answer: greeting } : { state: 'timeout' },
    );
    expect(await outcomeOf(smtp, 4)).toBe('passed');
    expect(await outcomeOf(smtp, 42)).toBe('failed');
    const web = resultFile(() => ({ state: 'answered', answer: Buffer.from('HTTP/1.1 400').toString('hex') }));
    expect(await outcomeOf(web, 4)).toBe('failed');
    const silent = resultFile(() => ({ state: 'connected' }));
    expect(await outcomeOf(silent, 4)).toBe('failed');
    expect(await outcomeOf(silent, 79)).toBe('passed');
    const closed = resultFile(() => ({ state: 'refused' }));
    expect(await outcomeOf(closed, 64)).toBe('failed');
  });

  it('count by what is true where the table is mistaken', async () => {
    // Row 28: NetBIOS names go over UDP; that TCP 137 is closed is as it should be.
    const file = resultFile(
      ([, , , , protocol]) =>
        protocol === 'udp'
          ? { state: 'answered', answer: `000084000000000100000000${'00'.repeat(20)}` }
          : { state: 'refused' },
      'sourceDc',
    );
    expect(await outcomeOf(file, 28)).toBe('passed');
  });

  it('are refused with the line where the file is another one', async () => {
    await expect(readPortResults('a,b\r\n1,2\r\n')).rejects.toThrow(/line 2/);
    await expect(readPortResults('')).rejects.toThrow(UsageError);
    const file = resultFile(() => ({ state: 'timeout' })).replace('"tcp"', '"icmp"');
    await expect(readPortResults(file)).rejects.toThrow(/protocol/);
    await fc.assert(
      fc.asyncProperty(fc.string(), async (text) => {
        await expect(readPortResults(text)).rejects.toThrow(UsageError);
      }),
    );
  });
});
