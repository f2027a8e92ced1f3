import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../../domain/errors.ts';
import { appendAudit, eachAudit } from '../../store/audit.ts';
import { loadKeyPem } from '../../store/machine-key.ts';
import type { ApiContext } from '../context.ts';
import { keyFile } from '../machine.ts';
import { procedure, router } from '../trpc.ts';
import { programVersion } from '../version.ts';

/** Writes report and signed certificate into a folder, and notes in the audit log whose key signed it. */
async function issue(ctx: ApiContext, batch: string, dir: string) {
  const [{ writeReport }, { newSigningKey }] = await Promise.all([
    import('../../report/write-report.ts'),
    import('../../report/certificate.ts'),
  ]);
  const signingKeyPem = await loadKeyPem(keyFile('signing'), () => undefined, newSigningKey);
  const written = await writeReport(ctx.store, batch, {
    dir,
    issuer: { user: ctx.actor.user, host: ctx.actor.host, program: `Transplant ${programVersion()}` },
    signingKeyPem,
  });
  const { certificate, signature } = written.certificate;
  await appendAudit(ctx.store, [
    {
      who: ctx.actor.user,
      host: ctx.actor.host,
      action: 'report.certificate',
      object: `batch ${certificate.batch}`,
      after: { grade: certificate.grade, verified: certificate.verified, key: signature.fingerprint },
      correlation: ctx.correlation,
    },
  ]);
  return written;
}

export const reportsRouter = router({
  /** Writes a batch's report and signed certificate into a folder of this machine. */
  write: procedure
    .input(z.object({ batch: z.string().min(1), dir: z.string().min(1) }))
    .mutation(async ({ ctx, input }) => {
      const dir = resolve(input.dir);
      const { data, files, certificate } = await issue(ctx, input.batch, dir);
      return {
        dir,
        files,
        grade: data.grade,
        verified: data.verified,
        totals: data.totals,
        key: certificate.signature.fingerprint,
      };
    }),

  /** The same files for a person whose disk is not this machine's: content in base64, with the signed certificate. */
  files: procedure.input(z.object({ batch: z.string().min(1) })).mutation(async ({ ctx, input }) => {
    const dir = await mkdtemp(join(tmpdir(), 'transplant-report-'));
    try {
      const { files, certificate } = await issue(ctx, input.batch, dir);
      const content = files.map(async (name) => ({ name, base64: await readFile(join(dir, name), 'base64') }));
      return { certificate, files: await Promise.all(content) };
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  }),

  /** What the report page of the console shows. */
  show: procedure.input(z.object({ batch: z.string().min(1) })).query(async ({ ctx, input }) => {
    const [{ findingsOf, reportData }, { certificateOf }] = await Promise.all([
      import('../../report/data.ts'),
      import('../../report/certificate.ts'),
    ]);
    const data = await reportData(ctx.store, input.batch, { noted: true });
    const { folders, ...rest } = data;
    const issuer = { user: ctx.actor.user, host: ctx.actor.host, program: `Transplant ${programVersion()}` };
    return {
      ...rest,
      folders: folders.slice(0, 1_000),
      findings: findingsOf(data),
      certificate: certificateOf(data, issuer),
    };
  }),

  /**
   * Whether a certificate is as it was signed: a file of this machine, or the content of one that a person has. `logged`
   * is the entry of this project's audit log for that batch and key.
   */
  check: procedure
    .input(z.union([z.object({ file: z.string().min(1) }), z.object({ content: z.string().max(60_000_000) })]))
    .mutation(async ({ ctx, input }) => {
      const { checkCertificate } = await import('../../report/certificate.ts');
      const text = 'file' in input ? await textOf(input.file) : input.content;
      const verdict = checkCertificate(jsonOf(text));
      const { intact, certificate, fingerprint } = verdict;
      const logged = intact && certificate ? await signatureInLog(ctx, certificate.batch, fingerprint) : null;
      return { ...verdict, logged };
    }),
});

/** @throws UsageError */
async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const next = 'Name the certificate.json of a report.';
    throw new UsageError(
      { tried: `check the certificate ${file}`, happened: 'The file cannot be read.', next },
      { cause },
    );
  }
}

/** The newest signature of a batch with a key that the audit log knows of. */
async function signatureInLog(
  ctx: ApiContext,
  batch: string,
  key: string,
): Promise<{ who: string; at: number } | null> {
  for await (const { object, after, who, at } of eachAudit(ctx.store, 'report.certificate')) {
    if (object === `batch ${batch}` && signedSchema.safeParse(after).data?.key === key) return { who, at };
  }
  return null;
}

const signedSchema = z.object({ key: z.string() });

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
