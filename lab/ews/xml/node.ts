/** Namespaces of EWS and SOAP by the prefix this server knows them under; others keep their full name. */
export const NAMESPACES = {
  s: 'http://schemas.xmlsoap.org/soap/envelope/',
  t: 'http://schemas.microsoft.com/exchange/services/2006/types',
  m: 'http://schemas.microsoft.com/exchange/services/2006/messages',
  e: 'http://schemas.microsoft.com/exchange/services/2006/errors',
  a: 'http://schemas.microsoft.com/exchange/2010/Autodiscover',
  wsa: 'http://www.w3.org/2005/08/addressing',
} as const;

/** One element. Text is what stands directly in it, put together; `data` is set instead where base64 was decoded on the way in. */
export interface XmlNode {
  /** Prefix of NAMESPACES, or the whole namespace name. */
  ns: string;
  name: string;
  attributes: Record<string, string>;
  children: XmlNode[];
  text: string;
  data?: Uint8Array;
}

/** The first child of that local name. */
export function child(node: XmlNode | undefined, name: string): XmlNode | undefined {
  return node?.children.find((c) => c.name === name);
}

export function childrenOf(node: XmlNode | undefined, name: string): XmlNode[] {
  return node ? node.children.filter((c) => c.name === name) : [];
}

/** Walks down by local names. */
export function path(node: XmlNode | undefined, ...names: string[]): XmlNode | undefined {
  return names.reduce<XmlNode | undefined>((at, name) => child(at, name), node);
}

/** Text of the first child of that name; undefined where there is none. */
export function textOf(node: XmlNode | undefined, name: string): string | undefined {
  return child(node, name)?.text;
}

/** `true`/`1` and `false`/`0` of xs:boolean; anything else is undefined. */
export function toBoolean(text: string | undefined): boolean | undefined {
  const value = text?.trim();
  if (value === 'true' || value === '1') return true;
  if (value === 'false' || value === '0') return false;
  return undefined;
}
