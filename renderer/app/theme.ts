import { createTheme } from '@mui/material/styles';
import type { State } from '../../core/domain/words.ts';

/**
 * Spacing, colour and type, decided once (docs/design.md): base 14 px, steps of 4 px, radius 6 px, two weights of one
 * font, one accent. Colours of states are chosen for AA as text on the surfaces of their scheme.
 */
declare module '@mui/material/styles' {
  interface CssThemeVariables {
    enabled: true;
  }
  interface Palette {
    states: Record<State, string>;
    line: string;
  }
  interface PaletteOptions {
    states: Record<State, string>;
    line: string;
  }
}

/** Height of a row in a list, px. */
export const ROW = 36;
export const RAIL = 184;
export const DRAWER = 440;

const lightStates: Record<State, string> = {
  planned: '#5a645f',
  waiting: '#4a5d73',
  syncing: '#1559a8',
  inSync: '#1c6b50',
  held: '#7a5600',
  cuttingOver: '#6d3ba8',
  done: '#14573f',
  decision: '#a04400',
  failed: '#b3261e',
  undone: '#5a645f',
};
const darkStates: Record<State, string> = {
  planned: '#9ba7a1',
  waiting: '#a3b6cc',
  syncing: '#7db4f0',
  inSync: '#6cc7a3',
  held: '#dcb45c',
  cuttingOver: '#c3a0ec',
  done: '#8fdcbb',
  decision: '#f0a063',
  failed: '#f2a09a',
  undone: '#9ba7a1',
};

/** One a wave, then from the start again; 3:1 against the surfaces of both schemes. A number always stands beside it. */
export const WAVE_COLOURS = [
  '#1f8a63',
  '#3578d4',
  '#c05f22',
  '#9055c9',
  '#b8447c',
  '#6b8a22',
  '#158a99',
  '#967621',
] as const;

/** The ring that shows where the keyboard is; 3:1 against every surface it can stand on. */
const focusRing = { outline: '2px solid currentColor', outlineOffset: 2 };

/** Made when it is first drawn with: that takes longer than all other preparations of the program. */
export const makeTheme = () =>
  createTheme({
    cssVariables: { colorSchemeSelector: 'data-scheme' },
    spacing: 4,
    shape: { borderRadius: 6 },
    colorSchemes: {
      light: {
        palette: {
          primary: { main: '#1c6b50', dark: '#14573f', light: '#2f8567', contrastText: '#ffffff' },
          secondary: { main: '#4a5d73' },
          error: { main: '#b3261e' },
          warning: { main: '#a04400' },
          info: { main: '#1559a8' },
          success: { main: '#1c6b50' },
          background: { default: '#f6f7f6', paper: '#ffffff' },
          text: { primary: '#1b211e', secondary: '#56605b' },
          divider: '#dfe3e0',
          line: '#eceeec',
          states: lightStates,
        },
      },
      dark: {
        palette: {
          primary: { main: '#6cc7a3', dark: '#4fa987', light: '#8fdcbb', contrastText: '#0d1511' },
          secondary: { main: '#a3b6cc' },
          error: { main: '#f2a09a' },
          warning: { main: '#f0a063' },
          info: { main: '#7db4f0' },
          success: { main: '#6cc7a3' },
          background: { default: '#121614', paper: '#191e1c' },
          text: { primary: '#e6ebe8', secondary: '#9ba7a1' },
          divider: '#2e3633',
          line: '#242b28',
          states: darkStates,
        },
      },
    },
    typography: {
      fontFamily: "'Inter Variable', system-ui, sans-serif",
      fontSize: 14,
      htmlFontSize: 16,
      fontWeightRegular: 400,
      fontWeightMedium: 400,
      fontWeightBold: 600,
      h1: { fontSize: '1.375rem', fontWeight: 600, lineHeight: 1.3, letterSpacing: '-0.01em' },
      h2: { fontSize: '1rem', fontWeight: 600, lineHeight: 1.4 },
      h3: { fontSize: '0.875rem', fontWeight: 600, lineHeight: 1.4 },
      body1: { fontSize: '0.875rem', lineHeight: 1.5 },
      body2: { fontSize: '0.8125rem', lineHeight: 1.45 },
      caption: { fontSize: '0.75rem', lineHeight: 1.4 },
      button: { fontSize: '0.8125rem', fontWeight: 600, textTransform: 'none' },
    },
    transitions: {
      duration: {
        shortest: 80,
        shorter: 100,
        short: 120,
        standard: 140,
        complex: 140,
        enteringScreen: 120,
        leavingScreen: 100,
      },
    },
    components: {
      MuiCssBaseline: { styleOverrides: { body: { fontVariantNumeric: 'tabular-nums', overflow: 'hidden' } } },
      MuiButtonBase: { defaultProps: { disableRipple: true } },
      MuiButton: {
        defaultProps: { disableElevation: true, size: 'small' },
        styleOverrides: { root: { minHeight: 32, paddingInline: 12, '&:focus-visible': focusRing } },
      },
      MuiIconButton: { defaultProps: { size: 'small' }, styleOverrides: { root: { '&:focus-visible': focusRing } } },
      MuiFormHelperText: {
        styleOverrides: {
          root: ({ theme: t }) => ({ '&.Mui-disabled': { color: (t.vars ?? t).palette.text.secondary } }),
        },
      },
      MuiTextField: { defaultProps: { size: 'small' } },
      MuiTooltip: {
        defaultProps: { enterDelay: 400, arrow: false },
        styleOverrides: { tooltip: { fontSize: '0.75rem', maxWidth: 420 } },
      },
      MuiPaper: { defaultProps: { elevation: 0 }, styleOverrides: { root: { backgroundImage: 'none' } } },
      MuiTab: { styleOverrides: { root: { minHeight: 36, paddingInline: 12, minWidth: 0 } } },
      MuiTabs: { styleOverrides: { root: { minHeight: 36 } } },
      MuiDialogTitle: { styleOverrides: { root: { fontSize: '1rem', fontWeight: 600 } } },
    },
  });
