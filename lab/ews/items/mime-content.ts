import type { Field } from './field.ts';

/** The whole item as MIME. */
export const mimeContent: Field = {
  name: 'MimeContent',
  uri: 'item:MimeContent',
  detail: true,
};
