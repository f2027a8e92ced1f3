import { z } from 'zod';
import { UsageError } from '../../domain/errors.ts';
import {
  fillTemplate,
  NOTIFICATION_OCCASIONS,
  type NotificationValues,
  notificationSettingsSchema,
  notificationTemplateSchema,
  unknownFields,
} from '../../domain/notification.ts';
import { planMails, previewMails } from '../../plan/notify/plan.ts';
import { appendAudit } from '../../store/audit.ts';
import { mailsOf } from '../../store/mails.ts';
import { readNotifications, writeNotifications } from '../../store/notifications.ts';
import { workloadById, workloadsOf } from '../../store/workloads.ts';
import { actorOf, batchRef, memberRefs, resolveBatch, resolveMembers } from '../batch-ref.ts';
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

  /** What each member of a batch would get for an occasion, and what became of the mail that was sent; sends nothing. */
  plan: procedure
    .input(z.object({ batch: batchRef, occasion: z.enum(NOTIFICATION_OCCASIONS), ...memberRefs }))
    .query(async ({ ctx, input }) => {
      const batch = await resolveBatch(ctx.store, input.batch);
      const ids = await resolveMembers(ctx.store, batch, 'look at the mails of', input);
      return { batch: batch.name, ...(await previewMails(ctx.store, batch.id, input.occasion, ids)) };
    }),

  /**
   * Puts the mails of an occasion into the queue; workers send them. Nobody gets one twice; `again` sends those too that
   * failed or whose fate is unknown.
   */
  send: procedure
    .input(
      z.object({
        batch: batchRef,
        occasion: z.enum(NOTIFICATION_OCCASIONS),
        ...memberRefs,
        again: z.boolean().default(false),
      }),
    )
    .mutation(async ({ ctx, input }) => {
      const { occasion, again } = input;
      const batch = await resolveBatch(ctx.store, input.batch);
      const workloadIds = await resolveMembers(ctx.store, batch, 'send mails to', input);
      if (!(await readNotifications(ctx.store)).enabled) {
        throw new UsageError({
          tried: `send mails to the people of batch "${batch.name}"`,
          happened: 'Notifications are turned off.',
          next: 'Turn them on with: transplant notify settings --enable --from ADDRESS',
        });
      }
      const queued = await planMails(ctx.store, batch.id, occasion, { again, ...(workloadIds && { workloadIds }) });
      const entry = { action: 'notifications.send', object: `batch ${batch.name}`, after: { occasion, queued, again } };
      await appendAudit(ctx.store, [{ ...actorOf(ctx), ...entry }]);
      return { batch: batch.name, occasion, queued };
    }),

  /** Every mail of a batch, by person: state, time, and the reason where one was not sent. */
  log: procedure
    .input(z.object({ batch: batchRef, occasion: z.enum(NOTIFICATION_OCCASIONS).optional() }))
    .query(async ({ ctx, input }) => {
      const batch = await resolveBatch(ctx.store, input.batch);
      const members = await workloadsOf(ctx.store, batch.id);
      const names = new Map(members.map(({ id, displayName }) => [id, displayName]));
      const mails = await mailsOf(ctx.store.db, [...names.keys()], input.occasion);
      return {
        batch: batch.name,
        mails: mails.map((mail) => ({ ...mail, displayName: names.get(mail.workloadId) ?? '' })),
      };
    }),
});
