import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  Mailer,
  MailFateUnknown,
  MailRefused,
  MailServerError,
  mimeOf,
  type SmtpConfig,
} from '../../core/plan/notify/smtp.ts';
import { LabCa } from '../../lab/ca.ts';
import { describeWith, python } from '../support/parts.ts';

interface Taken {
  to: string[];
  tls: boolean;
  user: string;
  text: string;
}

const USER = 'mover';
const PASSWORD = 'only over TLS';

describeWith('aiosmtpd', 'mails by a server that nobody here wrote', () => {
  describe.each(['starttls', 'implicit'] as const)('%s', (security) => {
    let dir: string;
    let child: ChildProcess;
    let config: SmtpConfig;
    let fingerprint: string;
    const taken: Taken[] = [];

    beforeAll(async () => {
      dir = mkdtempSync(join(tmpdir(), 'transplant-mail-'));
      const ca = await LabCa.open(dir, 'Mail CA');
      const { cert, key } = await ca.server('mail', ['127.0.0.1']);
      writeFileSync(join(dir, 'cert.pem'), cert);
      writeFileSync(join(dir, 'key.pem'), key);
      fingerprint = createHash('sha256').update(new X509Certificate(cert).raw).digest('hex');
      const script = join(import.meta.dirname, 'smtp_server.py');
      child = spawn(python, [script, join(dir, 'cert.pem'), join(dir, 'key.pem'), security, USER, PASSWORD], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      if (!child.stdout || !child.stderr) throw new Error('no output');
      // Broken hand-shakes are what some tests are about, and it tells each at length: kept for when it cannot start.
      let told = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        told = (told + text).slice(-4_000);
      });
      const lines = createInterface({ input: child.stdout });
      const ended = once(child, 'exit').then(([code]) => {
        throw new Error(`the mail server ended with ${code}: ${told}`);
      });
      const [first] = (await Promise.race([once(lines, 'line'), ended])) as [string];
      ended.catch(() => undefined);
      lines.on('line', (line: string) => taken.push(JSON.parse(line) as Taken));
      const { port } = JSON.parse(first) as { port: number };
      config = { host: '127.0.0.1', port, security, pins: [], ca: ca.pem, login: { user: USER, password: PASSWORD } };
    });
    afterAll(async () => {
      child.kill();
      await once(child, 'exit');
      rmSync(dir, { recursive: true, force: true });
    });

    const message = (to: string) =>
      mimeOf({
        from: 'move@fabrikam.test',
        to,
        subject: 'Ihr Postfach zieht um: Müller',
        body: 'Grüße',
        language: 'de',
        messageId: '<a1@fabrikam.test>',
      });
    const send = async (to: string, change: Partial<SmtpConfig> = {}) => {
      const mailer = new Mailer({ ...config, ...change });
      try {
        return await mailer.send({ from: 'move@fabrikam.test', to }, await message(to));
      } finally {
        mailer.close();
      }
    };

    it('arrive over TLS, signed in, marked as made by a program', async () => {
      expect(await send('anna@fabrikam.test')).toBe('250 2.0.0');
      await expect.poll(() => taken.length).toBe(1);
      const last = taken.at(-1);
      expect(last).toMatchObject({ to: ['anna@fabrikam.test'], tls: true, user: USER });
      expect(last?.text).toMatch(/^Auto-Submitted: auto-generated/im);
      expect(last?.text).toMatch(/^Message-ID: <a1@fabrikam\.test>/im);
      expect(last?.text).toMatch(/^Content-Language: de/im);
    });

    it('go out several over one connection, and go on when the server has hung up', async () => {
      const mailer = new Mailer(config);
      for (const name of ['a', 'b', 'c'])
        await mailer.send({ from: 'move@fabrikam.test', to: `${name}@x.test` }, await message('x@x.test'));
      await expect.poll(() => taken.at(-1)?.to[0]).toBe('c@x.test');
      expect(taken.slice(-3).map(({ to }) => to[0])).toEqual(['a@x.test', 'b@x.test', 'c@x.test']);
      mailer.close();
    });

    it('take a pinned certificate, and no other', async () => {
      expect(await send('kim@fabrikam.test', { ca: undefined, pins: [fingerprint] })).toBe('250 2.0.0');
      await expect.poll(() => taken.at(-1)?.to[0]).toBe('kim@fabrikam.test');
      const count = taken.length;
      await expect(send('kim@fabrikam.test', { ca: undefined, pins: ['00'.repeat(32)] })).rejects.toThrow(
        MailServerError,
      );
      await expect(send('kim@fabrikam.test', { ca: undefined })).rejects.toThrow(/authority|fingerprint/);
      expect(taken).toHaveLength(count);
    });

    it('are told apart by their fate, without an address or a word of the server in the reason', async () => {
      const refused = await send('refused@fabrikam.test').catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(MailRefused);
      expect(String(refused)).toContain('550 5.1.1');
      expect(String(refused)).not.toContain('refused@');
      await expect(send('later@fabrikam.test')).rejects.toThrow(MailServerError);
      await expect(send('silent@fabrikam.test')).rejects.toThrow(MailFateUnknown);
    });

    it('are not sent with a wrong password, nor without TLS', async () => {
      const count = taken.length;
      const wrong = await send('anna@x.test', { login: { user: USER, password: 'a wrong secret' } }).catch(
        (e: unknown) => e,
      );
      expect(wrong).toBeInstanceOf(MailServerError);
      expect(String(wrong)).not.toContain('wrong secret');
      await expect(
        send('anna@x.test', { security: security === 'implicit' ? 'starttls' : 'implicit' }),
      ).rejects.toThrow(MailServerError);
      expect(taken).toHaveLength(count);
    }, 60_000);
  });
});
