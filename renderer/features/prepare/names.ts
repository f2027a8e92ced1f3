/** The first part of a DN as people read it: `CN=Müller\, Anna,OU=…` is `Müller, Anna`. */
export function nameOf(dn: string): string {
  const [, value = dn] = /^[^=]+=((?:\\.|[^,\\])*)/.exec(dn) ?? [];
  const bytes = (hex: string) =>
    new TextDecoder().decode(Uint8Array.from(hex.match(/[0-9a-f]{2}/gi) ?? [], (pair) => Number.parseInt(pair, 16)));
  return value.replace(/(?:\\[0-9a-f]{2})+/gi, bytes).replace(/\\(.)/g, '$1');
}
