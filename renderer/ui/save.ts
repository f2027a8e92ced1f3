const TYPES: Record<string, string> = {
  csv: 'text/csv;charset=utf-8',
  html: 'text/html;charset=utf-8',
  json: 'application/json',
  pdf: 'application/pdf',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
};

/** Hands a text to the person as a file. */
export function saveText(name: string, text: string): void {
  save(name, text);
}

/** Hands bytes, given in base64, to the person as a file. */
export function saveBytes(name: string, base64: string): void {
  save(
    name,
    Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0)),
  );
}

function save(name: string, content: string | Uint8Array<ArrayBuffer>): void {
  const type = TYPES[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser reads it at once; a day's console must not keep it.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
