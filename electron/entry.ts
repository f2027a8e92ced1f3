import { join } from 'node:path';
import { start } from './main.ts';

// Bundled as dist/main/main.js with preload.cjs beside it, the pages in dist/renderer and the command line in dist/command.
const here = import.meta.dirname;
// Not awaited: Electron becomes ready only after this module has been evaluated.
void start({
  renderer: join(here, '..', 'renderer'),
  preload: join(here, 'preload.cjs'),
  command: join(here, '..', 'command', 'start.js'),
});
