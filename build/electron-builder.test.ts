import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const require = createRequire(import.meta.url);
const read = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
const config = read(join(root, 'build', 'electron-builder.json'));

describe('the configuration of the desktop installer', () => {
  it("is valid against electron-builder's own schema", () => {
    const builder = createRequire(require.resolve('electron-builder'));
    const library = createRequire(builder.resolve('app-builder-lib'));
    const Ajv = library('ajv').default ?? library('ajv');
    const schema = read(join(dirname(builder.resolve('app-builder-lib/package.json')), 'scheme.json'));
    const { $schema, ...rest } = config;
    expect($schema).toBeTypeOf('string');
    const validate = new Ajv({ strict: false, logger: false }).compile(schema);
    expect(validate(rest), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ ...rest, electronFuses: { runAsNode: 'no' } }), 'the schema can fail').toBe(false);
  });

  it('turns off every way to run other code in the program', () => {
    expect(config.electronFuses).toMatchObject({
      runAsNode: false,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      enableEmbeddedAsarIntegrityValidation: true,
      onlyLoadAppFromAsar: true,
      grantFileProtocolExtraPrivileges: false,
      enableCookieEncryption: true,
    });
    expect(config.asar).toBe(true);
  });

  it('installs per machine, and publishes nothing by itself', () => {
    expect(config.nsis).toMatchObject({ perMachine: true, oneClick: false, deleteAppDataOnUninstall: false });
    expect(config.publish).toBeNull();
  });

  it('has its icons', () => {
    expect(readFileSync(join(root, config.win.icon)).subarray(0, 4).toString('hex')).toBe('00000100');
    expect(existsSync(join(root, config.linux.icon))).toBe(true);
  });
});
