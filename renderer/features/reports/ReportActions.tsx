import { Button, Menu, MenuItem } from '@mui/material';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { showError, toast } from '../../app/Toasts.tsx';
import { useTexts } from '../../app/texts.ts';
import { api, type Outputs } from '../../rpc/client.ts';
import { saveBytes } from '../../ui/save.ts';

export type Signed = Outputs['reports']['files'] & { batch: string };

/** Compares again, signs, prints, hands the files out. */
export function ReportActions({
  batch,
  signed,
  onSigned,
}: {
  batch: Outputs['batches']['list'][number];
  signed: Signed | undefined;
  onSigned: (signed: Signed) => void;
}) {
  const { reports: t, frame } = useTexts();
  const [menu, setMenu] = useState<HTMLElement | null>(null);
  const [files, setFiles] = useState<HTMLElement | null>(null);
  const verify = useMutation({
    mutationFn: (deep: boolean) => api.batches.verify.mutate({ batch: batch.id, deep }),
    onSuccess: () => toast(t.verifying),
    onError: showError,
  });
  const issue = useMutation({
    mutationFn: () => api.reports.files.mutate({ batch: batch.name }),
    onSuccess: (made) => {
      onSigned({ ...made, batch: batch.name });
      toast(t.issued);
    },
    onError: showError,
  });
  const compare = (deep: boolean) => {
    setMenu(null);
    verify.mutate(deep);
  };
  return (
    <>
      <Button aria-haspopup="menu" onClick={(event) => setMenu(event.currentTarget)}>
        {frame.moreActions}
      </Button>
      <Menu anchorEl={menu} open={menu !== null} onClose={() => setMenu(null)}>
        <MenuItem dense onClick={() => compare(false)}>
          {t.verify}
        </MenuItem>
        <MenuItem dense onClick={() => compare(true)}>
          {t.verifyDeep}
        </MenuItem>
        <MenuItem
          dense
          onClick={() => {
            setMenu(null);
            window.print();
          }}
        >
          {t.print}
        </MenuItem>
      </Menu>
      {signed && (
        <>
          <Button variant="outlined" aria-haspopup="menu" onClick={(event) => setFiles(event.currentTarget)}>
            {t.download}
          </Button>
          <Menu anchorEl={files} open={files !== null} onClose={() => setFiles(null)}>
            {signed.files.map((file) => (
              <MenuItem key={file.name} dense onClick={() => saveBytes(file.name, file.base64)}>
                {file.name}
              </MenuItem>
            ))}
          </Menu>
        </>
      )}
      <Button variant="contained" disabled={issue.isPending} onClick={() => issue.mutate()}>
        {issue.isPending ? t.issuing : t.issue}
      </Button>
    </>
  );
}
