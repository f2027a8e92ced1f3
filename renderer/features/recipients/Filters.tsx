import { Autocomplete, MenuItem, TextField } from '@mui/material';
import type { MATCH_STATES, RecipientKind } from '../../../core/domain/words.ts';
import { useTexts } from '../../app/texts.ts';
import type { Outputs } from '../../rpc/client.ts';
import { count } from '../../ui/figures.ts';

type MatchChoice = (typeof MATCH_STATES)[number] | 'none';
interface Wanted {
  kind?: RecipientKind | undefined;
  department?: string | undefined;
  match?: MatchChoice | undefined;
}

/** Kind, department and match, each with what there is and how much of it. */
export function Filters({
  facets,
  search,
  set,
}: {
  facets: Outputs['recipients']['facets'] | undefined;
  search: Wanted;
  set: (next: Wanted & { row?: undefined }) => void;
}) {
  const { recipients: t } = useTexts();
  return (
    <>
      <TextField
        select
        label={t.kind}
        value={search.kind ?? ''}
        onChange={(event) =>
          set({ kind: (event.target.value || undefined) as RecipientKind | undefined, row: undefined })
        }
        sx={{ minWidth: 150 }}
      >
        <MenuItem value="">{t.all}</MenuItem>
        {facets?.kinds.map((facet) => (
          <MenuItem key={facet.value} value={facet.value}>
            {`${t.kinds[facet.value]} (${count(facet.count)})`}
          </MenuItem>
        ))}
      </TextField>
      <Autocomplete
        options={facets?.departments ?? []}
        getOptionLabel={(facet) => facet.value}
        isOptionEqualToValue={(a, b) => a.value === b.value}
        value={facets?.departments.find(({ value }) => value === search.department) ?? null}
        onChange={(_event, facet) => set({ department: facet?.value, row: undefined })}
        renderOption={({ key, ...props }, facet) => (
          <li key={key} {...props}>
            {`${facet.value} (${count(facet.count)})`}
          </li>
        )}
        renderInput={(props) => <TextField {...props} label={t.department} />}
        size="small"
        sx={{ width: 190 }}
      />
      <TextField
        select
        label={t.match}
        value={search.match ?? ''}
        onChange={(event) =>
          set({ match: (event.target.value || undefined) as MatchChoice | undefined, row: undefined })
        }
        sx={{ minWidth: 140 }}
      >
        <MenuItem value="">{t.all}</MenuItem>
        {facets?.matches.map((facet) => (
          <MenuItem key={facet.value} value={facet.value}>
            {`${t.matches[facet.value]} (${count(facet.count)})`}
          </MenuItem>
        ))}
      </TextField>
    </>
  );
}
