import { type ReactNode, useRef } from 'react';

/**
 * Files that a person picks on this machine: `pick` opens the system's question, `field` has to stand somewhere on the
 * page.
 */
export function usePickedFiles(
  accept: string,
  take: (files: File[]) => void,
  { multiple = false } = {},
): { field: ReactNode; pick: () => void } {
  const input = useRef<HTMLInputElement>(null);
  const field = (
    <input
      ref={input}
      type="file"
      accept={accept}
      multiple={multiple}
      hidden
      onChange={(event) => {
        const files = [...(event.target.files ?? [])];
        // The same file may be picked again.
        event.target.value = '';
        if (files.length > 0) take(files);
      }}
    />
  );
  return { field, pick: () => input.current?.click() };
}
