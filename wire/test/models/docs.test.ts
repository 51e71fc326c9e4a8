/** What the guide and the README show is so. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { bytesOfHex } from '../../src/bytes.ts';
import { decodeWmbus } from '../../src/mbus/index.ts';
import { checkLibrary, type MeterModel, ModelSet, newModel, testModel } from '../../src/models/index.ts';
import { readLibrary } from './files.ts';

const library = checkLibrary(readLibrary());
const textOf = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
const guide = textOf('../../../docs/guides/meter-models.md');
const shown = JSON.parse(/```json\n([\s\S]*?)```/.exec(guide)![1]!) as MeterModel;
const hex = String(shown.samples[0]!.telegram);

test('the model of the guide agrees with its sample', () => {
  expect(testModel(shown, library)).toMatchObject([{ ok: true, faults: [] }]);
});

test('the draft of its telegram is what the guide starts from', () => {
  const { model, notes } = newModel(hex, undefined, library);
  expect(model.library).toEqual(['total_m3', 'total_backward_m3', 'meter_datetime', 'status']);
  expect(notes).toEqual(['The bits of 02fd17 (now 100) have no words: give "status" some.']);
});

test('the guide names every part of a field and every set of the library', () => {
  for (const name of Object.keys(library.sets)) expect(guide).toContain(`\`${name}\``);
});

test('the example of the README', () => {
  const readme = textOf('../../src/models/README.md');
  const printed: unknown[] = [];
  const code = /```ts\n([\s\S]*?)```/.exec(readme)![1]!;
  const files: [string, unknown][] = [['acme-flow2.json', shown]];
  const run = new Function('ModelSet', 'decodeWmbus', 'files', 'library', 'bytes', 'console', code);
  run(ModelSet, decodeWmbus, files, library, bytesOfHex(hex)!, { log: (one: unknown) => printed.push(one) });
  expect(printed).toEqual(['Acme Flow 2 water meter', shown.samples[0]!.expected]);
});
