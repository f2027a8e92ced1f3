import { Box } from '@mui/material';

/** Values as they were kept, name by name; no deeper than people read. */
export function ValueTree({ value, depth = 0 }: { value: unknown; depth?: number }) {
  if (value === null || value === undefined) return <>–</>;
  if (typeof value !== 'object') return <bdi>{String(value)}</bdi>;
  if (depth > 4) return <bdi>{JSON.stringify(value)}</bdi>;
  const entries = Array.isArray(value)
    ? value.map((one, index) => [String(index + 1), one] as const)
    : Object.entries(value);
  if (entries.length === 0) return <>–</>;
  return (
    <Box
      component="dl"
      sx={{
        m: 0,
        fontSize: '0.8125rem',
        '& dt': { color: 'text.secondary' },
        '& dd': { m: 0, pl: 4, overflowWrap: 'anywhere' },
      }}
    >
      {entries.map(([name, one]) => (
        <Box key={name}>
          <dt>{name}</dt>
          <dd>
            <ValueTree value={one} depth={depth + 1} />
          </dd>
        </Box>
      ))}
    </Box>
  );
}
