/**
 * A value as SQL Server shall store it: booleans 0/1, dates ms since the epoch, the rest as it is. NUL and lone
 * surrogates, which servers refuse in texts, become U+FFFD.
 * @throws TypeError for undefined, NaN and objects
 */
export function bound(value: unknown): string | number | bigint | Uint8Array | null {
  switch (typeof value) {
    case 'string':
      return value.toWellFormed().replaceAll('\u0000', '\ufffd');
    case 'bigint':
      return value;
    case 'number':
      if (Number.isFinite(value)) return value;
      break;
    case 'boolean':
      return value ? 1 : 0;
    case 'object':
      if (value === null || value instanceof Uint8Array) return value;
      if (value instanceof Date && !Number.isNaN(value.getTime())) return value.getTime();
      break;
    default:
  }
  const kind = typeof value === 'object' ? (value?.constructor.name ?? 'object') : typeof value;
  throw new TypeError(`a value of kind ${kind} cannot be stored`);
}
