import { expect, test } from 'vitest';
import { looseKey } from './text.ts';

test.each([
  ['Παπαδόπουλος', 'Papadopoulos'],
  ['Οικονόμου', 'Oikonomou'],
  ['Παύλος', 'Pavlos'],
  ['Ευαγγελία', 'Evaggelia'],
  ['Χρήστος', 'Christos'],
  ['Ξενοφών', 'Xenofon'],
  ['Юрий', 'Iurii'],
  ['Щербаков', 'Shcherbakov'],
  ['Åström', 'Aastroem'],
  ['Øyvind', 'Oyvind'],
  ['Þórunn', 'Thorunn'],
  ['Müller', 'Mueller'],
  ['Łukasz', 'Lukasz'],
  ['Şahin', 'Sahin'],
])('%s and %s are one name', (a, b) => {
  expect(looseKey(a)).toBe(looseKey(b));
});

test.each([
  ['Παύλος', 'Petros'],
  ['Юрий', 'Igor'],
  ['Müller', 'Miller'],
])('%s and %s are two', (a, b) => {
  expect(looseKey(a)).not.toBe(looseKey(b));
});
