// Starts the bundle with the Node beside it. Plain JavaScript: it is copied into the worker's folder as it stands.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { main } from './main.js';

// As a Windows service there is no environment file: the database's address lies where only the service may read it.
const file = process.env.TRANSPLANT_HOME && join(process.env.TRANSPLANT_HOME, 'database.url');
if (file && !process.env.TRANSPLANT_DB && existsSync(file)) {
  process.env.TRANSPLANT_DB = readFileSync(file, 'utf8')
    .replace(/^\uFEFF/, '')
    .trim();
}
await main(process.argv.slice(2));
