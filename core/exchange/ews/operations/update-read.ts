import type { CallOptions, Result, WrittenItem } from '../../mail-store.ts';
import { itemIdXml } from '../ids.ts';
import { bulk, messages, resultsOf, type Session } from '../run.ts';
import { child } from '../xml.ts';

/** UpdateItem on the read state alone; no read receipt is sent. */
export async function updateRead(
  session: Session,
  items: { id: string; read: boolean }[],
  options: CallOptions = {},
): Promise<Result<WrittenItem>[]> {
  return bulk(
    session,
    items,
    async (asked) => {
      const changes = asked
        .map(
          ({ id, read }) =>
            `<t:ItemChange>${itemIdXml(id)}<t:Updates><t:SetItemField><t:FieldURI FieldURI="message:IsRead"/><t:Message><t:IsRead>${read}</t:IsRead></t:Message></t:SetItemField></t:Updates></t:ItemChange>`,
        )
        .join('');
      const suppress = session.client.version === 'Exchange2013' ? ' SuppressReadReceipts="true"' : '';
      const body = `<m:UpdateItem ConflictResolution="AlwaysOverwrite" MessageDisposition="SaveOnly" SendMeetingInvitationsOrCancellations="SendToNone"${suppress}><m:ItemChanges>${changes}</m:ItemChanges></m:UpdateItem>`;
      const found = await messages(
        session,
        { operation: 'UpdateItem', body, repeatable: true, ...options },
        asked.length,
      );
      return resultsOf(found, asked.length, (message) => {
        const id = child(message, 'Items')?.children[0]?.children.find((c) => c.name === 'ItemId')?.attributes;
        return { id: id?.Id ?? '', changeKey: id?.ChangeKey ?? '' };
      });
    },
    { writes: true },
  );
}
