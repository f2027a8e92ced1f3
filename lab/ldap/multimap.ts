/** Key to several values in order of arrival; a single value costs no set, since most keys have one. */
export class Multimap {
  private readonly map = new Map<string, string | Set<string>>();

  add(key: string, value: string): void {
    const there = this.map.get(key);
    if (there === undefined) this.map.set(key, value);
    else if (typeof there === 'string') {
      if (there !== value) this.map.set(key, new Set([there, value]));
    } else there.add(value);
  }

  delete(key: string, value: string): void {
    const there = this.map.get(key);
    if (there === value) this.map.delete(key);
    else if (there instanceof Set && there.delete(value) && there.size === 0) this.map.delete(key);
  }

  has(key: string, value: string): boolean {
    const there = this.map.get(key);
    return typeof there === 'string' ? there === value : (there?.has(value) ?? false);
  }

  get(key: string): string[] {
    const there = this.map.get(key);
    return there === undefined ? [] : typeof there === 'string' ? [there] : [...there];
  }

  count(key: string): number {
    const there = this.map.get(key);
    return there === undefined ? 0 : typeof there === 'string' ? 1 : there.size;
  }
}
