import { tx } from '../xml/write.ts';
import type { Field } from './field.ts';

/** The whole item as MIME; shown where the call made it beforehand. Clients write it with CreateItem only. */
export const mimeContent: Field = {
  name: 'MimeContent',
  uri: 'item:MimeContent',
  detail: true,
  read: ({ mime }) => {
    if (!mime) return '';
    const text = Buffer.from(mime.buffer, mime.byteOffset, mime.byteLength).toString('base64');
    return tx('t:MimeContent', text, { CharacterSet: 'UTF-8' });
  },
};
