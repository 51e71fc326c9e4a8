import { expect, test } from 'vitest';
import { identityOfFilters } from '../../src/index.ts';
import { commandSerial, mayReportFor, uplinkOf } from '../../src/mqtt/topics.ts';

test.each([
  ['openami/v1/OA1/readings', 'OA1'],
  ['openami/v1/OA1/events', 'OA1'],
  ['openami/v1/OA1/commands', undefined],
  ['openami/v1//readings', undefined],
  ['openami/v1/OA1/x/readings', undefined],
  ['openami/v2/OA1/readings', undefined],
  ['', undefined],
])('uplink %s is of %s', (topic, serial) => {
  expect(uplinkOf(topic)?.serial).toBe(serial);
});

test.each([
  ['openami/v1/OA1/commands/#', 'OA1'],
  ['openami/v1/OA1/commands/switch', 'OA1'],
  ['openami/v1/+/commands/#', undefined],
  ['openami/v1/#', undefined],
  ['openami/v1/OA1/commands', undefined],
  ['openami/v1/OA1/readings/#', undefined],
])('command filter %s is of %s', (filter, serial) => {
  expect(commandSerial(filter)).toBe(serial);
});

test('who may report for whom', () => {
  const gateway = { name: 'G', reportsFor: ['OA1', 'OB*'] };
  expect(['G', 'OA1', 'OA12', 'OB', 'OB7', 'XOB7'].map((serial) => mayReportFor(gateway, serial))).toEqual([
    ...[true, true, false, true, true, false],
  ]);
  expect(mayReportFor({ name: 'OA1' }, 'OA2')).toBe(false);
});

test('an identity from MQTT filters', () => {
  const filters = ['openami/v1/+/readings', 'openami/v1/OA1/#', 'other/+', 'openami/v1'];
  expect(identityOfFilters('G', filters)).toEqual({
    ...{ name: 'G', reportsFor: ['*', 'OA1'], topics: ['other/+'] },
  });
  expect(identityOfFilters('G', ['openami/v1/Basement/*/#', 'openami/v1/#', 'openami/#'])).toEqual({
    ...{ name: 'G', reportsFor: ['Basement/*', '*'], topics: [] },
  });
  expect(identityOfFilters('G', ['#'])).toEqual({ name: 'G', reportsFor: ['*'], topics: ['#'] });
  expect(identityOfFilters('OA1', [])).toEqual({ name: 'OA1', reportsFor: [], topics: [] });
});
