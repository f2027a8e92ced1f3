import DarkModeOutlined from '@mui/icons-material/DarkModeOutlined';
import LightModeOutlined from '@mui/icons-material/LightModeOutlined';
import { Box, IconButton, Typography } from '@mui/material';
import { styled, useColorScheme } from '@mui/material/styles';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet } from '@tanstack/react-router';
import { api } from '../rpc/client.ts';
import { useLiveEvents } from '../rpc/live.ts';
import { count } from '../ui/figures.ts';
import { PaletteButton } from './PaletteButton.tsx';
import { PLACES, type PlaceCounts } from './places.tsx';
import { useEndings } from './shell.ts';
import { Problem, StatusLine } from './Toasts.tsx';
import { useTexts } from './texts.ts';
import { RAIL } from './theme.ts';

/** Below this width the rail shows signs alone, px. */
const NARROW = '@media (max-width: 899px)';

const Grid = styled('div')({
  display: 'grid',
  gridTemplateColumns: `${RAIL}px minmax(0, 1fr)`,
  [NARROW]: { gridTemplateColumns: '52px minmax(0, 1fr)' },
  gridTemplateRows: '48px minmax(0, 1fr) 28px',
  height: '100%',
});

const Rail = styled('nav')(({ theme }) => ({
  gridRow: '1 / -1',
  borderRight: `1px solid ${(theme.vars ?? theme).palette.divider}`,
  background: (theme.vars ?? theme).palette.background.paper,
  display: 'flex',
  flexDirection: 'column',
  overflowY: 'auto',
  '& .mark': {
    display: 'flex',
    alignItems: 'center',
    gap: 10,
    height: 48,
    paddingInline: 16,
    fontWeight: 600,
    flex: 'none',
  },
  '& .mark img': { width: 22, height: 22 },
  '& a': {
    display: 'flex',
    alignItems: 'center',
    gap: 10,
    height: 36,
    marginInline: 8,
    paddingInline: 8,
    borderRadius: 6,
    color: (theme.vars ?? theme).palette.text.secondary,
    textDecoration: 'none',
    fontSize: '0.8125rem',
    flex: 'none',
    position: 'relative',
    '&:hover': { background: (theme.vars ?? theme).palette.action.hover },
    '&:focus-visible': { outline: `2px solid ${(theme.vars ?? theme).palette.primary.main}` },
    '&[data-status=active]': {
      background: (theme.vars ?? theme).palette.action.selected,
      color: (theme.vars ?? theme).palette.text.primary,
      fontWeight: 600,
    },
    '& .badge': {
      marginLeft: 'auto',
      minWidth: 20,
      height: 20,
      borderRadius: 10,
      paddingInline: 6,
      display: 'grid',
      placeItems: 'center',
      fontSize: '0.6875rem',
      fontWeight: 600,
      color: (theme.vars ?? theme).palette.background.paper,
      background: (theme.vars ?? theme).palette.warning.main,
    },
  },
  [NARROW]: {
    '& .mark': { paddingInline: 14 },
    '& .word': { position: 'absolute', width: 1, height: 1, overflow: 'hidden', clipPath: 'inset(50%)' },
    '& a': { marginInline: 6, justifyContent: 'center' },
    '& a .badge': { position: 'absolute', top: 0, right: 0, minWidth: 16, height: 16, paddingInline: 4 },
  },
}));

const Top = styled('header')(({ theme }) => ({
  display: 'flex',
  alignItems: 'center',
  gap: 16,
  paddingInline: 24,
  [NARROW]: { paddingInline: 12, gap: 8 },
  borderBottom: `1px solid ${(theme.vars ?? theme).palette.divider}`,
  background: (theme.vars ?? theme).palette.background.paper,
  minWidth: 0,
}));

const Skip = styled('a')(({ theme }) => ({
  position: 'absolute',
  left: -9999,
  '&:focus': {
    left: 8,
    top: 8,
    zIndex: 10,
    padding: 8,
    background: (theme.vars ?? theme).palette.background.paper,
    color: (theme.vars ?? theme).palette.text.primary,
  },
}));

const NONE: PlaceCounts = { batchDecisions: 0, workersWaiting: 0, conflicts: 0, blocking: 0 };

/** The frame of every screen: places at the left, project and database always in sight, the screen itself. */
export function Frame() {
  const texts = useTexts();
  useLiveEvents();
  const frame = useQuery({
    queryKey: ['frame'],
    queryFn: ({ signal }) => api.status.frame.query(undefined, { signal }),
    refetchInterval: 8_000,
  });
  useEndings(frame.data);
  const counts: PlaceCounts = frame.data?.waiting ?? NONE;
  const project = frame.data?.project;
  return (
    <Grid>
      <Skip href="#content">{texts.frame.skip}</Skip>
      <Rail aria-label={texts.frame.places}>
        <div className="mark">
          <img src="/icon.svg" alt="" />
          <span className="word">{texts.frame.product}</span>
        </div>
        {PLACES.map((place) => {
          const waiting = place.waiting?.(counts) ?? 0;
          return (
            <Link
              key={place.path}
              to={place.path}
              activeOptions={{ exact: place.path === '/', includeSearch: false }}
              title={place.label(texts)}
            >
              <place.Icon fontSize="small" />
              <span className="word">{place.label(texts)}</span>
              {waiting > 0 && (
                <span className="badge" title={texts.frame.waiting(count(waiting))}>
                  {count(waiting)}
                </span>
              )}
            </Link>
          );
        })}
      </Rail>
      <Top>
        <Typography variant="h3" component="div" noWrap>
          {frame.data && (project ? texts.frame.project(project.source, project.target) : texts.frame.noProject)}
        </Typography>
        <Typography
          variant="body2"
          color="text.secondary"
          noWrap
          title={frame.data?.database}
          sx={{ minWidth: 0, direction: 'rtl' }}
        >
          <bdi>{frame.data?.database}</bdi>
        </Typography>
        <Box sx={{ flex: 1 }} />
        <PaletteButton />
        <Scheme />
      </Top>
      <Box
        component="main"
        id="content"
        tabIndex={-1}
        sx={{
          minHeight: 0,
          minWidth: 0,
          overflow: 'hidden',
          display: 'flex',
          flexDirection: 'column',
          outline: 'none',
        }}
      >
        <Outlet />
      </Box>
      <StatusLine />
      <Problem />
    </Grid>
  );
}

/** Light, dark, or as the system has it. */
function Scheme() {
  const { frame } = useTexts();
  const { mode, systemMode, setMode } = useColorScheme();
  const dark = (mode === 'system' ? systemMode : mode) === 'dark';
  const next = dark ? frame.lightScheme : frame.darkScheme;
  return (
    <IconButton aria-label={next} title={next} onClick={() => setMode(dark ? 'light' : 'dark')}>
      {dark ? <LightModeOutlined fontSize="small" /> : <DarkModeOutlined fontSize="small" />}
    </IconButton>
  );
}
