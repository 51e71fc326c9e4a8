import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Mapping } from '../../src/mapping/mapping.ts';
import { MappingRegistry } from '../../src/mapping/registry.ts';
import { matchTopic, parseTopicFilter } from '../../src/mapping/topic-filter.ts';
import { apart, bytes, fileOf, receivedS, useApart } from './helpers.ts';

useApart();

function registryOf(...files: object[]): MappingRegistry {
  const registry = new MappingRegistry();
  for (const file of files) registry.add(new Mapping(fileOf(file), { apart }));
  return registry;
}

const idsFor = (registry: MappingRegistry, topic: string) =>
  registry.candidates(topic).map(({ mapping }) => mapping.id);

test('the more specific filter comes first, and of equal ones the one that was added last', () => {
  const registry = registryOf(
    { id: 'rest', topics: ['a/#'], device: 'id' },
    { id: 'any', topics: ['a/{device}/c'] },
    { id: 'any-too', topics: ['a/{device}/c'] },
    { id: 'text', topics: ['a/b/c'], device: 'id' },
    { id: 'all', topics: ['#'], device: 'id' },
  );
  expect(idsFor(registry, 'a/b/c')).toEqual(['text', 'any-too', 'any', 'rest', 'all']);
  expect(idsFor(registry, 'a/x/c')).toEqual(['any-too', 'any', 'rest', 'all']);
  expect(idsFor(registry, 'a')).toEqual(['rest', 'all']);
  expect(registry.candidates('a/x/c')[0]!.levels).toEqual({ device: 'x' });
  expect(registry.filters()).toEqual(['#', 'a/#', 'a/+/c', 'a/b/c']);
  registry.remove('any-too');
  expect(idsFor(registry, 'a/x/c')).toEqual(['any', 'rest', 'all']);
  expect(registry.remove('any-too')).toBe(false);
});

test('a filter is found by exactly the topics it covers', () => {
  const level = fc.constantFrom('a', 'b', 'cc', '');
  const filter = fc
    .tuple(fc.array(fc.oneof(level, fc.constant('+')), { maxLength: 4 }), fc.boolean())
    .map(([levels, rest]) => [...levels, ...(rest ? ['#'] : [])].join('/'))
    .filter((text) => text !== '');
  const topic = fc.array(level, { minLength: 1, maxLength: 5 }).map((levels) => levels.join('/'));
  fc.assert(
    fc.property(fc.uniqueArray(filter, { maxLength: 8 }), topic, (filters, name) => {
      const registry = registryOf(
        ...filters.map((text, i) => ({ id: `m${i}`, topics: [text], device: 'id' })),
      );
      const covering = filters.flatMap((text, i) =>
        matchTopic(parseTopicFilter(text), name.split('/')) === undefined ? [] : [`m${i}`],
      );
      expect(new Set(idsFor(registry, name))).toEqual(new Set(covering));
    }),
  );
});

test('the first mapping whose condition holds has the message, also where one is evaluated apart', async () => {
  const registry = registryOf(
    { id: 'lamps', topics: ['t/{device}'], when: 'kind = "lamp"' },
    { id: 'apart', topics: ['t/+'], device: 'id', when: '(function() { kind = "odd" })()' },
    { id: 'meters', topics: ['t/#'], device: '"x"', when: 'kind = "meter"' },
  );
  const of = async (message: object) =>
    (await registry.apply('t/m', bytes(JSON.stringify(message)), receivedS))?.mapping;
  expect(await of({ kind: 'lamp' })).toBe('lamps');
  expect(await of({ kind: 'odd', id: 'o' })).toBe('apart');
  expect(await of({ kind: 'meter' })).toBe('meters');
  expect(await of({ kind: 'none' })).toBeUndefined();
  expect(registry.apply('other/m', bytes('{}'), receivedS)).toBeUndefined();
});

test('ids are unique, and mappings can be named', async () => {
  const registry = registryOf({ id: 'one' });
  expect(() => registry.add(new Mapping(fileOf({ id: 'one' }), { apart }))).toThrow(/one/);
  const found = await registry.applyNamed('one', bytes('{"value":3}'), receivedS, 't/m9');
  expect(found).toMatchObject([{ device: 'm9' }]);
  expect(() => registry.applyNamed('two', bytes('{}'), receivedS)).toThrow(/two/);
});

test.each(['', 'a/#/b', 'a/b+', '$SYS/x', 'a/{b}/{b}', 'a/{topic}', 'a/{B}', `${'a/'.repeat(20)}b`])(
  '%s is no topic filter',
  (text) => {
    expect(() => parseTopicFilter(text)).toThrow(expect.objectContaining({ code: 'MAPPING_TOPIC' }));
  },
);
