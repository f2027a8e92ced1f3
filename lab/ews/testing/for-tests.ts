import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith } from '../../../tests/support/parts.ts';
import { TestClient } from './client.ts';
import { startOrganisation, type TestOrganisation } from './organisation.ts';
import { schemaComplaints } from './schema.ts';

/** One organisation and a client of it for all tests of a file. */
export interface OrganisationForTests {
  /** @throws Error outside of tests, when the organisation does not run. */
  readonly organisation: TestOrganisation;
  readonly client: TestClient;
}

/** Starts an organisation before the file's tests and ends it after them. */
export function organisationForTests(): OrganisationForTests {
  let used: { organisation: TestOrganisation; client: TestClient } | undefined;
  beforeAll(async () => {
    const organisation = await startOrganisation();
    used = { organisation, client: new TestClient(organisation) };
  });
  afterAll(async () => {
    used?.client.close();
    await used?.organisation.close();
  });
  const running = () => {
    if (!used) throw new Error('The organisation runs only during tests.');
    return used;
  };
  return {
    get organisation() {
      return running().organisation;
    },
    get client() {
      return running().client;
    },
  };
}

/** Stands last in a file: every answer that its client got, at least so many, is valid by Microsoft's schema. */
export function answersAreValid(used: OrganisationForTests, atLeast: number): void {
  describeWith('xmllint', 'the schema', () => {
    test('every answer is valid', () => {
      expect(used.client.answers.length).toBeGreaterThanOrEqual(atLeast);
      expect(schemaComplaints(used.client.answers)).toEqual([]);
    });
  });
}
