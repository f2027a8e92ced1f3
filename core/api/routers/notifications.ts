import { z } from 'zod';
import { UsageError } from '../../domain/errors.ts';
import {
  fillTemplate,
  type NotificationValues,
  notificationSettingsSchema,
  notificationTemplateSchema,
  unknownFields,
} from '../../domain/notification.ts';
import { appendAudit } from '../../store/audit.ts';
import { readNotifications, writeNotifications } from '../../store/notifications.ts';
import { workloadById } from '../../store/workloads.ts';
import { procedure, router } from '../trpc.ts';

export const notificationsRouter = router({
  show: procedure.query(({ ctx }) => readNotifications(ctx.store)),

  save: procedure.input(notificationSettingsSchema).mutation(async ({ ctx, input }) => {
    if (input.enabled && input.from === '') {
      throw new UsageError({
        tried: 'turn notifications on',
        happened: 'No sender is given, and servers refuse mail without one.',
        next: 'Give the address that the mails come from.',
      });
    }
    const before = await readNotifications(ctx.store);
    const told = ({ templates, ...rest }: typeof before) => ({
      ...rest,
      templates: templates.map(({ language, occasion }) => `${language} ${occasion}`),
    });
    await ctx.store.db.transaction().execute(async (trx) => {
      await writeNotifications(ctx.store, input, trx);
      const entry = {
        action: 'notifications.change',
        object: 'notifications',
        before: told(before),
        after: told(input),
      };
      await appendAudit(
        ctx.store,
        [{ who: ctx.actor.user, host: ctx.actor.host, correlation: ctx.correlation, ...entry }],
        trx,
      );
    });
    return input;
  }),

  /** A template as somebody would get it: a member of a batch, or an example. */
  preview: procedure
    .input(
      z.object({
        template: notificationTemplateSchema,
        helpContact: z.string().max(200).default(''),
        workloadId: z.int().positive().optional(),
        /** ms since the epoch. */
        cutoverAt: z.int().optional(),
        timeZone: z.string().max(100).default('UTC'),
      }),
    )
    .query(async ({ ctx, input }) => {
      const member = input.workloadId === undefined ? undefined : await workloadById(ctx.store, input.workloadId);
      const at = new Date(input.cutoverAt ?? (await ctx.store.now()) + 2 * 86_400_000);
      const { language, subject, body } = input.template;
      const zone = { timeZone: Intl.supportedValuesOf('timeZone').includes(input.timeZone) ? input.timeZone : 'UTC' };
      const values: NotificationValues = {
        displayName: member?.displayName ?? 'Anna Müller',
        sourceAddress: member?.sourceAddress ?? 'anna.mueller@northwind.example',
        targetAddress: member?.targetAddress ?? 'anna.mueller@fabrikam.example',
        batch: 'Wave 4',
        cutoverDate: new Intl.DateTimeFormat(language, { ...zone, dateStyle: 'full' }).format(at),
        cutoverTime: new Intl.DateTimeFormat(language, { ...zone, timeStyle: 'short' }).format(at),
        helpContact: input.helpContact,
      };
      return {
        to: values.sourceAddress,
        subject: fillTemplate(subject, values),
        body: fillTemplate(body, values),
        unknown: unknownFields(`${subject}\n${body}`),
      };
    }),
});
