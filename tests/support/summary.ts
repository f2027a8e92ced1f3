import { stripVTControlCharacters } from 'node:util';
import type { Reporter, TestModule } from 'vitest/node';

/**
 * Ends the run with the names of what failed, and with one plain line that any reader of the output understands:
 * "N passed, N failed, N skipped".
 */
export default class SummaryLine implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>, errors: ReadonlyArray<unknown>): void {
    const counts = { passed: 0, failed: errors.length, skipped: 0 };
    const failed = errors.map((error) => `outside of a test: ${firstLine(error)}`);
    for (const module of modules) {
      // A file that could not even be loaded has no tests to count, and is a failure all the same.
      if (module.state() === 'failed' && [...module.children.allTests()].length === 0) {
        counts.failed += 1;
        failed.push(`${module.relativeModuleId}: could not be loaded`);
      }
      for (const test of module.children.allTests()) {
        const state = test.result().state;
        if (state === 'passed') counts.passed += 1;
        else if (state === 'failed') {
          counts.failed += 1;
          failed.push(`${module.relativeModuleId}: ${test.fullName}: ${firstLine(test.result().errors?.[0])}`);
        } else counts.skipped += 1;
      }
    }
    process.on('exit', () => {
      for (const line of failed) process.stdout.write(`\nFAILED ${line}`);
      process.stdout.write(`\n\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
    });
  }
}

function firstLine(error: unknown): string {
  const message = typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : '';
  return stripVTControlCharacters(message.split('\n')[0] ?? '').slice(0, 200);
}
