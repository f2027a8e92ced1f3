import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{core,electron,worker,cli,lab,build,bench,renderer,tests}/**/*.test.{ts,tsx}'],
    exclude: ['**/node_modules/**', 'dist/**'],
    globalSetup: './tests/support/tidy.ts',
    pool: 'forks',
    // Most suites wait for processes of their own: with fewer workers two cores stand idle.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: ['default', './tests/support/summary.ts'],
  },
});
