import { Box, Skeleton, Typography } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { useTexts } from '../../app/texts.ts';
import { api, type Outputs } from '../../rpc/client.ts';
import { Drawer } from '../../ui/Drawer.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { Facts } from '../../ui/Facts.tsx';
import { exactTime } from '../../ui/figures.ts';
import { LinkButton } from '../../ui/LinkButton.tsx';
import { MatchMark } from '../../ui/MatchMark.tsx';
import { Panel } from '../../ui/Panel.tsx';

type Recipient = Outputs['recipients']['show'];

/** One object of a directory with everything that was read of it. */
export function RecipientDrawer({ id, onClose }: { id: number; onClose: () => void }) {
  const { recipients: t } = useTexts();
  const shown = useQuery({
    queryKey: ['discover', 'recipient', id],
    queryFn: ({ signal }) => api.recipients.show.query({ id }, { signal }),
  });
  const one = shown.data;
  return (
    <Drawer title={one ? one.displayName : <Skeleton width={180} />} note={t.title} onClose={onClose}>
      {shown.error && <ErrorNote error={shown.error} retry={() => void shown.refetch()} />}
      {one && <Content one={one} />}
    </Drawer>
  );
}

function Content({ one }: { one: Recipient }) {
  const { recipients: t } = useTexts();
  const c = t.columns;
  return (
    <>
      {one.match && (
        <Box sx={{ display: 'flex', gap: 3, alignItems: 'center', fontSize: '0.8125rem' }}>
          <MatchMark state={one.match.state} />
          <Box sx={{ flex: 1, minWidth: 0, overflow: 'hidden', textOverflow: 'ellipsis' }}>
            <bdi>{one.match.targetName ?? ''}</bdi>
          </Box>
          <LinkButton to="/matches" search={{ row: one.id, q: one.displayName.slice(0, 200) }}>
            {t.toMatch}
          </LinkButton>
        </Box>
      )}
      <Facts
        facts={[
          [t.forest, one.forest],
          [c.kind, t.kinds[one.kind]],
          [c.mail, one.mail],
          [c.department, one.department],
          [t.logon, one.sam],
          [t.upn, one.upn],
          [c.dn, one.dn],
          [t.guid, one.guid],
          [c.changed, one.whenChanged === null ? undefined : exactTime(one.whenChanged)],
          [c.hidden, one.hidden ? t.hidden : undefined],
        ]}
      />
      <Panel plain title={t.addresses}>
        {one.addresses.map((address) => (
          <Typography key={`${address.kind} ${address.key}`} variant="body2" sx={{ overflowWrap: 'anywhere' }}>
            <Box component="span" sx={{ color: 'text.secondary', display: 'inline-block', width: 52 }}>
              {address.kind}
            </Box>
            <bdi>{address.address}</bdi> {address.primary && <b>({t.primary})</b>}
          </Typography>
        ))}
      </Panel>
      <Panel plain title={t.attributes}>
        <Facts
          wide={168}
          facts={Object.entries(one.attributes)
            .toSorted(([a], [b]) => a.localeCompare(b))
            .map(([name, values]) => [name, <Values key={name} values={values} />] as const)}
        />
      </Panel>
    </>
  );
}

const SHOWN = 20;

function Values({ values }: { values: string[] }) {
  return (
    <>
      {values.slice(0, SHOWN).map((value) => (
        <Box key={value}>
          <bdi>{value.length > 400 ? `${value.slice(0, 400)}…` : value}</bdi>
        </Box>
      ))}
      {values.length > SHOWN && <Box sx={{ color: 'text.secondary' }}>+{values.length - SHOWN}</Box>}
    </>
  );
}
