/** A filter as the form has it; empty fields ask for nothing. */
export interface Filter {
  department: string;
  kind: string;
  name: string;
  mail: string;
}

/** The filter as the command line writes it: `department=Sales and mail=*@old.example`. */
export function expressionOf(filter: Filter): string {
  return (['department', 'kind', 'name', 'mail'] as const)
    .flatMap((field) => (filter[field].trim() === '' ? [] : [`${field}=${filter[field].trim()}`]))
    .join(' and ');
}
