import { setProp } from '../../core/domain/mapi/bag.ts';
import { AttachMethod, newAttachment } from '../../core/domain/mapi/message.ts';
import type { MapiAttachment, MapiMessage } from '../../core/domain/mapi/model.ts';
import { PidTag } from '../../core/domain/mapi/tags.ts';

export interface FileSpec {
  name: string;
  mimeType: string;
  data: Uint8Array;
  /** Shown inside the HTML under this id. */
  contentId?: string;
}

/** PidTagAttachFilename: a name of eight letters and an extension of three ([MS-OXCMSG] 2.2.2.11). */
export function shortName(name: string): string {
  const extension = /\.([^.]{1,10})$/.exec(name)?.[1] ?? '';
  const stem = name.slice(0, extension ? -extension.length - 1 : undefined).replace(/[^A-Za-z0-9_-]/g, '');
  const short = stem.length > 8 ? `${stem.slice(0, 6)}~1` : stem || 'file';
  return extension ? `${short}.${extension.replace(/[^A-Za-z0-9]/g, '').slice(0, 3)}` : short;
}

/** A file as an attachment. */
export function fileAttachment(file: FileSpec): MapiAttachment {
  const attachment = newAttachment(AttachMethod.byValue);
  setProp(attachment, PidTag.AttachLongFilename, file.name);
  setProp(attachment, PidTag.AttachFilename, shortName(file.name));
  setProp(attachment, PidTag.AttachExtension, /\.[^.]{1,10}$/.exec(file.name)?.[0] ?? '');
  setProp(attachment, PidTag.DisplayName, file.name);
  setProp(attachment, PidTag.AttachMimeTag, file.mimeType);
  setProp(attachment, PidTag.RenderingPosition, -1);
  setProp(attachment, PidTag.AttachFlags, file.contentId ? 4 : 0);
  setProp(attachment, PidTag.AttachmentHidden, file.contentId !== undefined);
  if (file.contentId) setProp(attachment, PidTag.AttachContentId, file.contentId);
  setProp(attachment, PidTag.AttachDataBinary, file.data);
  return attachment;
}

/** An attachment that is a message of its own; its name is its subject where none is given. */
export function messageAttachment(embedded: MapiMessage, name?: string | null): MapiAttachment {
  const attachment = newAttachment(AttachMethod.embeddedMessage);
  const subject = embedded.properties.find((p) => p.id === PidTag.Subject.id && !p.name)?.value;
  setProp(attachment, PidTag.DisplayName, name ?? (typeof subject === 'string' ? subject : ''));
  setProp(attachment, PidTag.AttachMimeTag, 'message/rfc822');
  setProp(attachment, PidTag.RenderingPosition, -1);
  setProp(attachment, PidTag.AttachFlags, 0);
  setProp(attachment, PidTag.AttachmentHidden, false);
  attachment.embedded = embedded;
  return attachment;
}
