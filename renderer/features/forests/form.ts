import { z } from 'zod';
import { CLEARABLE, forestConfigSchema, forestRoleSchema } from '../../../core/domain/forest.ts';
import type { ForestRole } from '../../../core/domain/words.ts';
import type { Forest } from './ForestsPage.tsx';

const { ldapUrl, ewsUrl, proxy, ldapStandbys } = forestConfigSchema.shape;
/** A field of a form is never undefined; an empty one means that nothing is given. */
const orEmpty = (schema: z.ZodType) =>
  z.string().superRefine((text, ctx) => {
    const found = text.trim() === '' ? undefined : schema.safeParse(text.trim());
    if (found && !found.success) ctx.addIssue({ code: 'custom', message: found.error.issues[0]?.message ?? '' });
  });

/** Several, parted by commas, blanks or lines; undefined where there is none. */
function listOf(text: string): string[] | undefined {
  const list = text.split(/[\s,;]+/).filter((one) => one !== '');
  return list.length === 0 ? undefined : list;
}

export const forestFormSchema = z.object({
  name: z.string().trim().min(1).max(100),
  role: forestRoleSchema,
  ldapUrl: orEmpty(ldapUrl),
  gcUrl: orEmpty(ldapUrl),
  ewsUrl: orEmpty(ewsUrl),
  ldifFile: z.string(),
  smtpDomains: z.string(),
  smtpHost: z.string(),
  smtpPort: z.string().regex(/^\d{0,5}$/),
  caPem: z.string(),
  ldapStandbys: z.string().superRefine((text, ctx) => {
    const found = listOf(text) && ldapStandbys.safeParse(listOf(text));
    if (found && !found.success) ctx.addIssue({ code: 'custom', message: found.error.issues[0]?.message ?? '' });
  }),
  referralHosts: z.string(),
  proxy: orEmpty(proxy),
  proxyBypass: z.string(),
});
export type ForestForm = z.infer<typeof forestFormSchema>;

export function fromConfig(forest: Forest | undefined, role: ForestRole): ForestForm {
  const config = forest?.config;
  return {
    name: forest?.name ?? '',
    role,
    ldapUrl: config?.ldapUrl ?? '',
    gcUrl: config?.gcUrl ?? '',
    ewsUrl: config?.ewsUrl ?? '',
    ldifFile: config?.ldifFile ?? '',
    smtpDomains: config?.smtpDomains.join(', ') ?? '',
    smtpHost: config?.smtp?.host ?? '',
    smtpPort: String(config?.smtp?.port ?? 25),
    caPem: config?.caPem ?? '',
    ldapStandbys: config?.ldapStandbys?.join(', ') ?? '',
    referralHosts: config?.referralHosts?.join(', ') ?? '',
    proxy: config?.proxy ?? '',
    proxyBypass: config?.proxyBypass?.join(', ') ?? '',
  };
}

export function toConfig(form: ForestForm) {
  const given = (text: string) => (text.trim() === '' ? undefined : text.trim());
  const host = given(form.smtpHost);
  return {
    ldapUrl: given(form.ldapUrl),
    gcUrl: given(form.gcUrl),
    ewsUrl: given(form.ewsUrl),
    ldifFile: given(form.ldifFile),
    smtp: host === undefined ? undefined : { host, port: Number(form.smtpPort || '25') },
    smtpDomains: listOf(form.smtpDomains) ?? [],
    caPem: given(form.caPem),
    ldapStandbys: listOf(form.ldapStandbys),
    referralHosts: listOf(form.referralHosts),
    proxy: given(form.proxy),
    proxyBypass: listOf(form.proxyBypass),
  };
}

/** Fields that were given and are not any more; over the wire, a missing field says nothing. */
export function cleared(form: ForestForm) {
  const config = toConfig(form);
  return CLEARABLE.filter((name) => config[name] === undefined);
}
