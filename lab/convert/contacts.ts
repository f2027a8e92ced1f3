import { setProp, setTime } from '../../core/domain/mapi/bag.ts';
import { oneOffEntryId, wrapEntryId } from '../../core/domain/mapi/entry-id.ts';
import { MessageFlag, newMessage } from '../../core/domain/mapi/message.ts';
import type { MapiMessage } from '../../core/domain/mapi/model.ts';
import { PidLid, PidName } from '../../core/domain/mapi/names.ts';
import { PidTag } from '../../core/domain/mapi/tags.ts';
import type { MailAddress } from './addresses.ts';
import { fileAttachment } from './attachments.ts';
import { setSubject } from './subject.ts';

export interface ContactSpec {
  givenName: string;
  surname: string;
  displayName: string;
  company?: string;
  department?: string;
  title?: string;
  /** Up to three. */
  emails: MailAddress[];
  businessPhone?: string;
  mobilePhone?: string;
  homePhone?: string;
  street?: string;
  city?: string;
  postalCode?: string;
  country?: string;
  /** ms, midnight UTC */
  birthday?: number;
  notes?: string;
  categories?: string[];
  /** Bytes of a JPEG. */
  photo?: Uint8Array;
  webPage?: string;
  children?: string[];
  created: number;
}

const EMAILS = [
  [
    PidLid.Email1DisplayName,
    PidLid.Email1AddressType,
    PidLid.Email1EmailAddress,
    PidLid.Email1OriginalDisplayName,
    PidLid.Email1OriginalEntryId,
  ],
  [
    PidLid.Email2DisplayName,
    PidLid.Email2AddressType,
    PidLid.Email2EmailAddress,
    PidLid.Email2OriginalDisplayName,
    PidLid.Email2OriginalEntryId,
  ],
  [
    PidLid.Email3DisplayName,
    PidLid.Email3AddressType,
    PidLid.Email3EmailAddress,
    PidLid.Email3OriginalDisplayName,
    PidLid.Email3OriginalEntryId,
  ],
] as const;

/** A contact ([MS-OXOCNTC] 2.2.1). */
export function contactMessage(spec: ContactSpec): MapiMessage {
  const message = newMessage('IPM.Contact');
  setSubject(message, spec.displayName);
  for (const [ref, value] of [
    [PidTag.DisplayName, spec.displayName],
    [PidTag.GivenName, spec.givenName],
    [PidTag.Surname, spec.surname],
    [PidTag.CompanyName, spec.company],
    [PidTag.DepartmentName, spec.department],
    [PidTag.Title, spec.title],
    [PidTag.BusinessTelephoneNumber, spec.businessPhone],
    [PidTag.MobileTelephoneNumber, spec.mobilePhone],
    [PidTag.HomeTelephoneNumber, spec.homePhone],
    [PidTag.BusinessHomePage, spec.webPage],
    [PidTag.Body, spec.notes],
    [PidLid.WorkAddressStreet, spec.street],
    [PidLid.WorkAddressCity, spec.city],
    [PidLid.WorkAddressPostalCode, spec.postalCode],
    [PidLid.WorkAddressCountry, spec.country],
  ] as const) {
    if (value !== undefined) setProp(message, ref, value);
  }
  const fileUnder = [spec.surname, spec.givenName].filter(Boolean).join(', ') || spec.displayName;
  setProp(message, PidLid.FileUnder, fileUnder);
  setProp(message, PidLid.FileUnderId, 0x8017);
  setProp(message, PidLid.PostalAddressId, spec.street ? 2 : 0);
  if (spec.street)
    setProp(
      message,
      PidLid.WorkAddress,
      [spec.street, `${spec.postalCode ?? ''} ${spec.city ?? ''}`, spec.country].join('\r\n'),
    );
  if (spec.children?.length) setProp(message, PidTag.ChildrensNames, spec.children);
  if (spec.categories?.length) setProp(message, PidName.Keywords, spec.categories);
  if (spec.birthday !== undefined) setTime(message, PidTag.Birthday, spec.birthday);
  setEmails(message, spec.emails);
  if (spec.photo) addPhoto(message, spec.photo);
  setProp(message, PidLid.HasPicture, spec.photo !== undefined);
  setProp(message, PidTag.MessageFlags, MessageFlag.read);
  setProp(message, PidTag.IconIndex, 0x200);
  setTime(message, PidTag.CreationTime, spec.created);
  setTime(message, PidTag.LastModificationTime, spec.created);
  return message;
}

function setEmails(message: MapiMessage, emails: MailAddress[]): void {
  EMAILS.forEach(([display, type, address, original, entryId], index) => {
    const email = emails[index];
    if (!email) return;
    setProp(message, display, `${email.name} (${email.address})`);
    setProp(message, type, 'SMTP');
    setProp(message, address, email.address);
    setProp(message, original, email.address);
    setProp(message, entryId, oneOffEntryId(email.name, email.address));
  });
}

function addPhoto(message: MapiMessage, photo: Uint8Array): void {
  const attachment = fileAttachment({ name: 'ContactPicture.jpg', mimeType: 'image/jpeg', data: photo });
  setProp(attachment, PidTag.AttachmentContactPhoto, true);
  message.attachments.push(attachment);
}

export interface DistributionListSpec {
  name: string;
  members: MailAddress[];
  notes?: string;
  created: number;
}

/** A personal distribution list ([MS-OXOCNTC] 2.2.2); members are one-off addresses. */
export function distributionListMessage(spec: DistributionListSpec): MapiMessage {
  const message = newMessage('IPM.DistList');
  setSubject(message, spec.name);
  setProp(message, PidTag.DisplayName, spec.name);
  setProp(message, PidLid.DistributionListName, spec.name);
  setProp(message, PidLid.FileUnder, spec.name);
  const oneOffs = spec.members.map((m) => oneOffEntryId(m.name, m.address));
  const members = oneOffs.map((entry) => wrapEntryId(entry, 0));
  setProp(message, PidLid.DistributionListMembers, members);
  setProp(message, PidLid.DistributionListOneOffMembers, oneOffs);
  setProp(message, PidLid.DistributionListChecksum, checksum(members));
  if (spec.notes) setProp(message, PidTag.Body, spec.notes);
  setProp(message, PidTag.MessageFlags, MessageFlag.read);
  setProp(message, PidTag.IconIndex, 0x202);
  setTime(message, PidTag.CreationTime, spec.created);
  setTime(message, PidTag.LastModificationTime, spec.created);
  return message;
}

/** CRC-32 over the members, without the final inversion ([MS-OXOCNTC] 2.2.2.2.3, [MS-OXRTFCP] 3.1.3.2). */
function checksum(members: readonly Uint8Array[]): number {
  let crc = 0;
  for (const member of members) {
    for (const byte of member) {
      crc ^= byte;
      for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    }
  }
  return crc | 0;
}
