import { createTheme } from '@mui/material/styles';
import type { State } from '../../core/domain/words.ts';

declare module '@mui/material/styles' {
  interface Palette {
    states: Record<State, string>;
    line: string;
  }
  interface PaletteOptions {
    states?: Record<State, string>;
    line?: string;
  }
}

/** Height of a row in every list, in px. */
export const ROW = 36;
/** Width of the rail, in px. */
export const RAIL = 184;

/** Colour helps sign and word; each passes AA on its ground. */
const lightStates: Record<State, string> = {
  planned: '#55605b',
  waiting: '#55605b',
  syncing: '#1d5fa8',
  inSync: '#1a7a3f',
  held: '#9a5b00',
  cuttingOver: '#1d5fa8',
  done: '#1a7a3f',
  decision: '#9a5b00',
  failed: '#b3261e',
  undone: '#55605b',
};
const darkStates: Record<State, string> = {
  planned: '#a4afaa',
  waiting: '#a4afaa',
  syncing: '#8dbef5',
  inSync: '#6fcf8d',
  held: '#f0b35a',
  cuttingOver: '#8dbef5',
  done: '#6fcf8d',
  decision: '#f0b35a',
  failed: '#ff8f85',
  undone: '#a4afaa',
};

/** Spacing in steps of 4 px, one radius, two weights of one font, one accent; all decided here. */
export const theme = createTheme({
  cssVariables: { colorSchemeSelector: 'data' },
  spacing: 4,
  shape: { borderRadius: 6 },
  colorSchemes: {
    light: {
      palette: {
        primary: { main: '#0b6b50', dark: '#085540', light: '#2f8f72', contrastText: '#ffffff' },
        background: { default: '#f6f7f6', paper: '#ffffff' },
        text: { primary: '#17201c', secondary: '#55605b' },
        divider: '#dfe3e1',
        line: '#dfe3e1',
        states: lightStates,
        success: { main: '#1a7a3f' },
        warning: { main: '#9a5b00' },
        error: { main: '#b3261e' },
        info: { main: '#1d5fa8' },
      },
    },
    dark: {
      palette: {
        primary: { main: '#5cc9a4', dark: '#3aa883', light: '#8fe0c4', contrastText: '#06281d' },
        background: { default: '#121614', paper: '#1a1f1d' },
        text: { primary: '#e7ecea', secondary: '#a4afaa' },
        divider: '#2d3532',
        line: '#2d3532',
        states: darkStates,
        success: { main: '#6fcf8d' },
        warning: { main: '#f0b35a' },
        error: { main: '#ff8f85' },
        info: { main: '#8dbef5' },
      },
    },
  },
  typography: {
    fontFamily: "'Inter Variable', system-ui, sans-serif",
    fontSize: 14,
    fontWeightRegular: 420,
    fontWeightMedium: 600,
    fontWeightBold: 600,
    h1: { fontSize: 20, fontWeight: 600, lineHeight: 1.3 },
    h2: { fontSize: 16, fontWeight: 600, lineHeight: 1.35 },
    h3: { fontSize: 14, fontWeight: 600, lineHeight: 1.4 },
    body1: { fontSize: 14 },
    body2: { fontSize: 13 },
    caption: { fontSize: 12 },
    button: { textTransform: 'none', fontWeight: 600, fontSize: 14 },
  },
  transitions: {
    duration: {
      shortest: 80,
      shorter: 100,
      short: 120,
      standard: 140,
      complex: 150,
      enteringScreen: 140,
      leavingScreen: 120,
    },
  },
  components: {
    MuiCssBaseline: {
      styleOverrides: {
        body: { fontVariantNumeric: 'tabular-nums', overflow: 'hidden' },
        '*:focus-visible': { outline: '2px solid var(--mui-palette-primary-main)', outlineOffset: 1 },
        '@media (prefers-reduced-motion: reduce)': {
          '*, *::before, *::after': { animationDuration: '0.01ms !important', transitionDuration: '0.01ms !important' },
        },
      },
    },
    MuiButton: { defaultProps: { size: 'small', disableElevation: true, disableRipple: true } },
    MuiIconButton: { defaultProps: { size: 'small', disableRipple: true } },
    MuiButtonBase: { defaultProps: { disableRipple: true } },
    MuiTextField: { defaultProps: { size: 'small' } },
    MuiSelect: { defaultProps: { size: 'small' } },
    MuiPaper: { defaultProps: { variant: 'outlined' } },
    MuiTooltip: { defaultProps: { enterDelay: 400, disableInteractive: true } },
  },
});
