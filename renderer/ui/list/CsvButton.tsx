import FileDownloadOutlined from '@mui/icons-material/FileDownloadOutlined';
import { Button } from '@mui/material';
import { useRef, useState } from 'react';
import { showError, toast } from '../../app/Toasts.tsx';
import { useTexts } from '../../app/texts.ts';
import { count } from '../figures.ts';
import { saveText } from '../save.ts';
import { ToolButton } from '../ToolButton.tsx';
import type { Column } from '../VirtualTable.tsx';
import { toCsv } from './csv.ts';

export interface CsvRows<T> {
  /** All rows that the filter leaves, in the order that is seen; in parts, so that it can be told how far it is. */
  rows: (signal: AbortSignal) => AsyncIterable<T[]> | Promise<T[]>;
}

/** What is seen, as CSV: these rows, these columns. */
export function CsvButton<T>({ columns, file, rows }: { columns: readonly Column<T>[]; file: string } & CsvRows<T>) {
  const { list: t } = useTexts();
  const [read, setRead] = useState<number>();
  const abort = useRef<AbortController>(null);
  const run = async () => {
    const own = new AbortController();
    abort.current = own;
    setRead(0);
    const all: T[] = [];
    try {
      const parts = rows(own.signal);
      if (Symbol.asyncIterator in parts) {
        for await (const part of parts) {
          if (own.signal.aborted) return;
          all.push(...part);
          setRead(all.length);
        }
      } else all.push(...(await parts));
      saveText(`${file}.csv`, toCsv(columns, all));
      toast(t.exported(count(all.length)));
    } catch (error) {
      if (!own.signal.aborted) showError(error);
    } finally {
      setRead(undefined);
    }
  };
  return read === undefined ? (
    <ToolButton label={t.csv} onClick={() => void run()}>
      <FileDownloadOutlined fontSize="small" />
    </ToolButton>
  ) : (
    <Button onClick={() => abort.current?.abort()}>{t.cancelCsv(count(read))}</Button>
  );
}
