import type { PropRef } from './ref.ts';
import { PidTag } from './tags.ts';

/** One person as a message names them: the properties that belong together ([MS-OXOMSG] 2.2.1). */
export interface CorrespondentTags {
  name: PropRef;
  type: PropRef;
  address: PropRef;
  smtp: PropRef;
  entryId: PropRef;
  searchKey: PropRef;
}

/** In a row of the recipient table ([MS-OXCMSG] 2.2.3). */
export const RECIPIENT: CorrespondentTags = {
  name: PidTag.DisplayName,
  type: PidTag.AddressType,
  address: PidTag.EmailAddress,
  smtp: PidTag.SmtpAddress,
  entryId: PidTag.EntryId,
  searchKey: PidTag.SearchKey,
};
export const SENDER: CorrespondentTags = {
  name: PidTag.SenderName,
  type: PidTag.SenderAddressType,
  address: PidTag.SenderEmailAddress,
  smtp: PidTag.SenderSmtpAddress,
  entryId: PidTag.SenderEntryId,
  searchKey: PidTag.SenderSearchKey,
};
export const SENT_REPRESENTING: CorrespondentTags = {
  name: PidTag.SentRepresentingName,
  type: PidTag.SentRepresentingAddressType,
  address: PidTag.SentRepresentingEmailAddress,
  smtp: PidTag.SentRepresentingSmtpAddress,
  entryId: PidTag.SentRepresentingEntryId,
  searchKey: PidTag.SentRepresentingSearchKey,
};
export const RECEIVED_BY: CorrespondentTags = {
  name: PidTag.ReceivedByName,
  type: PidTag.ReceivedByAddressType,
  address: PidTag.ReceivedByEmailAddress,
  smtp: PidTag.ReceivedBySmtpAddress,
  entryId: PidTag.ReceivedByEntryId,
  searchKey: PidTag.ReceivedBySearchKey,
};
export const RECEIVED_REPRESENTING: CorrespondentTags = {
  name: PidTag.ReceivedRepresentingName,
  type: PidTag.ReceivedRepresentingAddressType,
  address: PidTag.ReceivedRepresentingEmailAddress,
  smtp: PidTag.ReceivedRepresentingSmtpAddress,
  entryId: PidTag.ReceivedRepresentingEntryId,
  searchKey: PidTag.ReceivedRepresentingSearchKey,
};

/** Those that stand in the message itself. */
export const OF_MESSAGE: readonly CorrespondentTags[] = [SENDER, SENT_REPRESENTING, RECEIVED_BY, RECEIVED_REPRESENTING];
