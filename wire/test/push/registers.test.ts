import { expect, test } from 'vitest';
import { addRegister, type RegisterReading, registerSeries, sortedSeries } from '../../src/push/registers.ts';

test('one series a quantity and unit, in the order in which they first come', () => {
  const reading = (quantity: string, unit: string, endS: number, value: number) => {
    return { quantity, unit, endS, value, quality: 1 };
  };
  const series = registerSeries([
    reading('1-0:1.8.0', 'kWh', 1, 10),
    reading('1-0:2.8.0', 'kWh', 1, 20),
    reading('1-0:1.8.0', 'Wh', 1, 30),
    reading('1-0:1.8.0', 'kWh', 2, 40),
    reading('1-0:1.8.0', 'Wh', 2, 50),
  ]);
  expect(series.map(({ quantity, unit, end, value }) => [quantity, unit, [...end], [...value]])).toEqual([
    ['1-0:1.8.0', 'kWh', [1, 2], [10, 40]],
    ['1-0:2.8.0', 'kWh', [1], [20]],
    ['1-0:1.8.0', 'Wh', [1, 2], [30, 50]],
  ]);
  expect(series.every(({ intervalS, length, end }) => intervalS === 0 && length === end.length)).toBe(true);
  expect(registerSeries([])).toEqual([]);
});

test('in the order of time; of two at one time the first counts', () => {
  const groups = new Map<string, RegisterReading[]>();
  for (const [unit, endS, value] of [
    ['Wh', 9, 1],
    ['Wh', 3, 2],
    ['Wh', 9, 3],
    ['W', 9, 4],
  ] as const) {
    addRegister(groups, { quantity: '1-0:1.8.0', unit, endS, value, quality: 1 });
  }
  expect(sortedSeries(groups).map(({ unit, end, value }) => [unit, [...end], [...value]])).toEqual([
    ['Wh', [3, 9], [2, 1]],
    ['W', [9], [4]],
  ]);
});
