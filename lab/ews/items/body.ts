import { removeProp, setProp } from '../../../core/domain/mapi/bag.ts';
import { decodeCodePage } from '../../../core/domain/mapi/codepages.ts';
import { PidTag } from '../../../core/domain/mapi/tags.ts';
import type { XmlNode } from '../xml/node.ts';
import { tx } from '../xml/write.ts';
import type { BodyChoice, Draft, Field, ReadOptions } from './field.ts';
import { wrongValue } from './field.ts';
import { htmlToText, textToHtml } from './html.ts';
import type { ItemView } from './view.ts';

/** The native body ([MS-OXBBODY] 2.1.3.1 is simplified: HTML before text; a body in RTF alone is shown by its text). */
function nativeBody(view: ItemView): { kind: 'HTML' | 'Text'; text: string } | undefined {
  const html = view.bytes(PidTag.Html);
  if (html && view.number(PidTag.NativeBody) !== 1) {
    return {
      kind: 'HTML',
      text: decodeCodePage(view.number(PidTag.InternetCodepage) ?? 65001, html) ?? Buffer.from(html).toString('utf8'),
    };
  }
  const htmlText = html ? undefined : view.text({ ...PidTag.Html, type: 0x1f });
  if (htmlText !== undefined) return { kind: 'HTML', text: htmlText };
  const text = view.text(PidTag.Body);
  return text === undefined ? undefined : { kind: 'Text', text };
}

function bodyAs(view: ItemView, choice: BodyChoice): { kind: 'HTML' | 'Text'; text: string } {
  const body = nativeBody(view);
  if (!body) return { kind: choice === 'HTML' ? 'HTML' : 'Text', text: '' };
  if (choice === 'Best' || choice === body.kind) return body;
  if (choice === 'HTML') return { kind: 'HTML', text: textToHtml(body.text) };
  return { kind: 'Text', text: view.text(PidTag.Body) ?? htmlToText(body.text) };
}

function bodyXml(name: string, view: ItemView, choice: BodyChoice, options: ReadOptions): string {
  const { kind, text } = bodyAs(view, choice);
  const cut = options.maxBody !== undefined && text.length > options.maxBody;
  return tx(name, cut ? text.slice(0, options.maxBody) : text, { BodyType: kind, IsTruncated: cut });
}

function setBody(draft: Draft, node: XmlNode): void {
  const kind = node.attributes.BodyType;
  if (kind !== 'HTML' && kind !== 'Text') throw wrongValue('item:Body');
  removeBody(draft);
  if (kind === 'HTML') {
    setProp(draft.message, PidTag.InternetCodepage, 65001);
    setProp(draft.message, PidTag.Html, Uint8Array.from(Buffer.from(node.text, 'utf8')));
    setProp(draft.message, PidTag.NativeBody, 3);
    setProp(draft.message, PidTag.Body, htmlToText(node.text));
  } else {
    setProp(draft.message, PidTag.Body, node.text);
    setProp(draft.message, PidTag.NativeBody, 1);
  }
}

function removeBody(draft: Draft): void {
  for (const ref of [PidTag.Body, PidTag.Html, PidTag.RtfCompressed, PidTag.RtfInSync, PidTag.NativeBody]) {
    removeProp(draft.message, ref);
  }
}

function appendBody(draft: Draft, node: XmlNode): void {
  const text = draft.message.properties.find((p) => p.id === PidTag.Body.id && !p.name)?.value;
  const html = draft.message.properties.find((p) => p.id === PidTag.Html.id && !p.name)?.value;
  if (html instanceof Uint8Array) {
    const before = Buffer.from(html).toString('utf8');
    const added = node.attributes.BodyType === 'HTML' ? node.text : textToHtml(node.text);
    setBody(draft, { ...node, attributes: { BodyType: 'HTML' }, text: before + added });
  } else {
    const added = node.attributes.BodyType === 'HTML' ? htmlToText(node.text) : node.text;
    setBody(draft, { ...node, attributes: { BodyType: 'Text' }, text: (typeof text === 'string' ? text : '') + added });
  }
}

export const body: Field = {
  name: 'Body',
  uri: 'item:Body',
  detail: true,
  read: (view, options) => bodyXml('t:Body', view, options.bodyType, options),
  compare: (view) => ({ kind: 'text', value: bodyAs(view, 'Text').text }),
  set: setBody,
  remove: removeBody,
  append: appendBody,
};

export const textBody: Field = {
  name: 'TextBody',
  uri: 'item:TextBody',
  detail: true,
  read: (view, options) => bodyXml('t:TextBody', view, 'Text', options),
};

export const uniqueBody: Field = {
  name: 'UniqueBody',
  uri: 'item:UniqueBody',
  detail: true,
  read: (view, options) => bodyXml('t:UniqueBody', view, options.bodyType, options),
};

export const normalizedBody: Field = {
  name: 'NormalizedBody',
  uri: 'item:NormalizedBody',
  detail: true,
  read: (view, options) => bodyXml('t:NormalizedBody', view, options.bodyType, options),
};

/** The first 255 characters, as PidTagPreview. */
export const preview: Field = {
  name: 'Preview',
  uri: 'item:Preview',
  read: (view) => tx('t:Preview', bodyAs(view, 'Text').text.replace(/\s+/g, ' ').slice(0, 255)),
};
