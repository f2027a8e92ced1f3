/** Hands a text to the person as a file. */
export function saveText(
  name: string,
  text: string,
  type: 'text/csv' | 'text/html' | 'text/plain' | 'application/json',
) {
  const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser reads it at once; a day's console must not keep it.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
