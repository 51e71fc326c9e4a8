import { afterAll, describe, expect, test } from 'vitest';
import { checkExamples } from '../../src/mapping/examples.ts';
import { ApartEvaluator } from '../../src/mapping/expression/apart.ts';
import { libraryMappings, libraryTexts } from '../../src/mapping/library.ts';
import { defaultMappingLimits } from '../../src/mapping/limits.ts';
import { readMapping } from '../../src/mapping/load.ts';
import { MappingRegistry } from '../../src/mapping/registry.ts';

const apart = new ApartEvaluator(defaultMappingLimits);
const options = { apart };
afterAll(() => apart.close());

describe('ready-made mappings', () => {
  test.each([...libraryTexts()])('%s: its examples come out', async (name, text) => {
    const mapping = readMapping(text, options);
    expect(`${mapping.id}.yaml`).toBe(name);
    expect(mapping.isDirect, 'is evaluated at once').toBe(true);
    await checkExamples(mapping, options);
  });

  test('each example is found by its topic, beside all other mappings', async () => {
    const registry = new MappingRegistry();
    for (const mapping of libraryMappings(options)) registry.add(mapping);
    for (const { id, file } of registry.list()) {
      for (const { topic, payload, receivedAt, expect: expected } of file.examples) {
        if (topic === undefined || expected === null) continue;
        const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
        const mapped = await registry.apply(
          topic,
          new TextEncoder().encode(text),
          Date.parse(receivedAt) / 1000,
        );
        expect(mapped?.mapping, `${id}: ${topic}`).toBe(id);
      }
    }
  });
});
