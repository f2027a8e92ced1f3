import { join } from 'node:path';
import { start } from './main.ts';

// Bundled as dist/main/main.js with preload.cjs beside it and the pages in dist/renderer.
const here = import.meta.dirname;
// Not awaited: Electron becomes ready only after this module has been evaluated.
void start({ renderer: join(here, '..', 'renderer'), preload: join(here, 'preload.cjs') });
