import './app/zod.ts';
import createCache from '@emotion/cache';
import { QueryClient } from '@tanstack/react-query';
import { createMemoryHistory } from '@tanstack/react-router';
import { renderToString } from 'react-dom/server';
import { App, STYLE_KEY } from './app/App.tsx';
import { appRoutes } from './app/router.tsx';

/**
 * The frame and the first screen as they look before anything has been read, for the page itself (build/first-screen.ts):
 * a browser shows them while it still reads the program.
 */
export async function firstScreen(): Promise<{ html: string; css: string }> {
  const styles = createCache({ key: STYLE_KEY });
  // Style elements inside the markup would need a nonce each: rules are gathered instead.
  styles.compat = true;
  appRoutes.update({ ...appRoutes.options, history: createMemoryHistory({ initialEntries: ['/'] }) });
  await appRoutes.load();
  const html = renderToString(<App styles={styles} queries={new QueryClient()} />);
  const css = Object.values(styles.inserted).filter((rule) => typeof rule === 'string');
  return { html, css: css.join('\n') };
}
