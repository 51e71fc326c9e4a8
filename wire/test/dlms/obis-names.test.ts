import { formatObis, knownObis, parseObis } from '@openami/model';
import { expect, test } from 'vitest';
import { nameOfLogicalName } from '../../src/dlms/cosem/obis-names.ts';
import { decodeObjectList } from '../../src/dlms/cosem/objects.ts';
import { apdusOf, attributesOf, transcript } from './dialogue.ts';
import { hasVectors } from './vectors.ts';

test.each([
  ['1.0.1.8.0.255', 'active energy import'],
  ['1.0.2.8.3.255', 'active energy export, rate 3'],
  ['1.0.1.7.0.255', 'active power import'],
  ['1.0.21.7.0.255', 'active power import L1'],
  ['1.0.71.7.0.255', 'current L3'],
  ['1.0.52.7.0.255', 'voltage L2'],
  ['1.0.1.6.0.255', 'maximum active power import'],
  ['1.0.1.29.0.255', 'active energy import of the interval'],
  ['1.0.13.7.0.255', 'power factor'],
  ['1.0.91.7.0.255', 'current of the neutral'],
  ['0.0.1.0.0.255', 'clock'],
  ['0.1.24.2.1.255', 'M-Bus value 1, channel 1'],
  ['1.0.99.1.0.255', 'load profile, period 1'],
  ['0.0.99.98.4.255', 'event log 4'],
  ['0.0.96.1.0.255', 'device identifier'],
  ['7.0.3.0.0.255', 'gas volume'],
  ['8.0.1.0.2.255', 'cold water volume, rate 2'],
  ['1.0.12.8.0.255', undefined],
  ['1.0.1.8.0.12', undefined],
  ['1.0.200.7.0.255', undefined],
  ['nonsense', undefined],
])('%s is %s', (logicalName, name) => expect(nameOfLogicalName(logicalName)).toBe(name));

test('every code of the model has a name of its own', () => {
  const names = knownObis().map((obis) => [
    formatObis(obis),
    nameOfLogicalName(Object.values(obis).join('.')),
  ]);
  expect(names.filter(([, name]) => name === undefined)).toEqual([]);
  expect(new Set(names.map(([, name]) => name)).size).toBe(names.length);
  expect(parseObis('1.0.1.8.0.255')).toMatchObject({ a: 1, f: 255 });
});

test.skipIf(!hasVectors)('most objects of recorded meters have a name', () => {
  const lists = ['gxc_hdlc_ln_none', 'gxj_hdlc_ln_low'].flatMap((name) =>
    decodeObjectList(
      attributesOf(apdusOf(transcript(name))).find((read) => read.classId === 15 && read.attribute === 2)!
        .value!,
    ),
  );
  const without = new Set(lists.map(({ instance }) => instance).filter((name) => !nameOfLogicalName(name)));
  // objects of carriers and makers that are none of metering
  expect(without.size).toBeLessThanOrEqual(9);
});
