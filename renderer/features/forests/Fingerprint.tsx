import { Box } from '@mui/material';
import { useTexts } from '../../app/texts.ts';

/** A SHA-256 fingerprint in groups of four, so that two people can compare it on the telephone. */
export function Fingerprint({ hex, large = false }: { hex: string; large?: boolean }) {
  const { forests: t } = useTexts();
  const groups = hex.replaceAll(/[^0-9a-fA-F]/g, '').match(/.{1,4}/g) ?? [];
  const rows = large ? [groups.slice(0, 8), groups.slice(8)] : [groups];
  return (
    <Box sx={{ fontSize: large ? '0.9375rem' : '0.75rem', color: large ? 'text.primary' : 'text.secondary' }}>
      <span className="visually-hidden">{t.fingerprint}</span>
      <Box component="code" sx={{ fontFamily: 'ui-monospace, monospace', overflowWrap: 'anywhere' }}>
        {rows.map((row) => (
          <Box key={row.join('')} component="span" sx={{ display: large ? 'block' : 'inline' }}>
            {row.join(' ')}
          </Box>
        ))}
      </Box>
    </Box>
  );
}
