import { describe, expect, test } from 'vitest';
import { interfaceClasses } from '../../src/dlms/cosem/classes.ts';
import { interfaceClass } from '../../src/dlms/cosem/interface-class.ts';
import { decodeObjectList, type ObjectListEntry } from '../../src/dlms/cosem/objects.ts';
import { dataTags } from '../../src/dlms/value.ts';
import { apdusOf, attributesOf, type ReadAttribute, transcript } from './dialogue.ts';
import { hasVectors, vectorText } from './vectors.ts';

const required = [
  1, 3, 4, 5, 6, 7, 8, 9, 11, 15, 17, 18, 20, 21, 22, 23, 40, 41, 42, 61, 62, 64, 68, 70, 71, 72, 111, 112,
  113, 115,
];

test('the classes of the plan are there, versions in order, every type known', () => {
  expect(required.filter((id) => interfaceClass(id) === undefined)).toEqual([]);
  const order = interfaceClasses.map(({ id, version }) => id * 1000 + version);
  expect(order).toEqual([...new Set(order)].sort((a, b) => a - b));
  for (const { attributes, methods } of interfaceClasses) {
    for (const [, type] of [...attributes, ...(methods ?? [])]) {
      expect(type === 'any' || type in dataTags).toBe(true);
    }
  }
});

test('a class by version: the newest, a known one, the newest below an unknown one', () => {
  expect(interfaceClass(7)).toMatchObject({ version: 1, name: 'profile generic' });
  expect(interfaceClass(7, 0)!.methods.map(({ name }) => name)).toContain('get_buffer_by_range');
  expect(interfaceClass(40, 9)!.version).toBe(2);
  expect(interfaceClass(23, 0)!.version).toBe(1);
  expect(interfaceClass(114)).toBeUndefined();
  expect(interfaceClass(8)!.attributes[1]).toEqual({
    index: 2,
    name: 'time',
    type: 'octet-string',
    access: 'rw',
  });
  expect(interfaceClass(70)!.methods[1]).toEqual({
    index: 2,
    name: 'remote_reconnect',
    parameter: 'integer',
  });
});

/** Everything that recorded meters say about their objects. */
function recorded(): { list: ObjectListEntry[]; reads: ReadAttribute[] }[] {
  if (!hasVectors) return [];
  return ['gxc_hdlc_ln_none', 'gxc_wrapper_ln_low', 'gxj_hdlc_ln_low', 'gxjsim_hdlc_ln_none'].map((name) => {
    const reads = attributesOf(apdusOf(transcript(name)));
    const list = reads.find(({ classId, attribute, value }) => classId === 15 && attribute === 2 && value);
    return { list: decodeObjectList(list!.value!), reads };
  });
}

describe.skipIf(!hasVectors)('recorded meters', () => {
  test('have the attributes and methods of the table', () => {
    const seen = new Set<number>();
    for (const { list } of recorded()) {
      for (const { classId, version, attributes, methods, instance } of list) {
        const known = interfaceClasses.find((row) => row.id === classId && row.version === version);
        if (known === undefined) continue;
        seen.add(classId);
        const counts = [known.attributes.length + 1, known.methods?.length ?? 0];
        expect([attributes.length, methods.length], `${classId} v${version} ${instance}`).toEqual(counts);
      }
    }
    expect([...seen].sort((a, b) => a - b)).toEqual([
      1, 3, 5, 6, 7, 8, 9, 15, 17, 18, 20, 21, 22, 23, 40, 41, 42, 62, 64, 71, 111,
    ]);
  });

  test('send the types of the table', () => {
    let compared = 0;
    for (const { list, reads } of recorded()) {
      for (const { classId, instance, attribute, value } of reads) {
        const version = list.find(
          (entry) => entry.classId === classId && entry.instance === instance,
        )?.version;
        if (value === undefined || version === undefined || !interfaceClass(classId)) continue;
        const type = interfaceClass(classId, version)!.attributes[attribute - 1]?.type;
        if (type === 'any') continue;
        expect(value.type, `${classId} v${version} ${instance} attribute ${attribute}`).toBe(type);
        compared++;
      }
    }
    expect(compared).toBe(508);
  });
});

interface CompanionProfile {
  objects: {
    'class-id': number;
    version: number;
    obis: string;
    attributes: { id: number; datatype: string; access: string }[];
  }[];
}

describe.skipIf(!hasVectors)('companion profiles', () => {
  test.each(['dsmr22', 'dsmr422', 'smr43', 'smr500', 'smr51', 'smr52', 'smr55'])(
    '%s agrees on types',
    (name) => {
      const profile = JSON.parse(vectorText(`profiles-gxf/dlmsprofile-${name}.json`)) as CompanionProfile;
      for (const { 'class-id': id, version, obis, attributes } of profile.objects) {
        for (const { id: index, datatype } of attributes) {
          const known = interfaceClass(id, version)?.attributes[index - 1]?.type;
          if (known === undefined || known === 'any' || !(datatype in dataTags)) continue;
          expect(datatype, `${id} v${version} ${obis} attribute ${index}`).toBe(known);
        }
      }
    },
  );
});
