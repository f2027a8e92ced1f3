import { MenuItem, TextField } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { useTexts } from '../../app/texts.ts';
import { api } from '../../rpc/client.ts';
import { count } from '../../ui/figures.ts';

/** Only what one rule made. */
export function RuleFilter({ rule, choose }: { rule: string | undefined; choose: (rule: string | undefined) => void }) {
  const { matches: t } = useTexts();
  const rules = useQuery({
    queryKey: ['match', 'rules'],
    queryFn: ({ signal }) => api.match.rules.counts.query(undefined, { signal }),
  });
  return (
    <TextField
      select
      label={t.rule}
      value={rule ?? ''}
      onChange={(event) => choose(event.target.value || undefined)}
      sx={{ minWidth: 150 }}
    >
      <MenuItem value="">{t.all}</MenuItem>
      {(rules.data ?? []).map((one) => (
        <MenuItem key={one.rule} value={one.rule}>
          {`${t.rules[one.rule] ?? one.rule} (${count(one.count)})`}
        </MenuItem>
      ))}
    </TextField>
  );
}
