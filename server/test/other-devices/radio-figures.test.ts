/** Figures of gateways: bounded, whoever gives himself a name. */
import { expect, it } from 'vitest';
import { RadioFigures } from '../../src/services/radio-figures.ts';

it('tells many gateways together, and those it knows one by one', () => {
  const figures = new RadioFigures();
  figures.count('roof', 'stored', 2);
  figures.strength('roof', -71);
  for (let i = 0; i < 10_000; i++) figures.count(`made-up-${i}`, 'unread');
  figures.count('roof', 'stored');
  figures.strength('roof', undefined);
  const rows = figures.rows();
  expect(rows).toHaveLength(101);
  expect(rows[0]).toEqual({ gateway: 'roof', telegrams: { stored: 3 }, rssiDbm: -71 });
  const sum = rows.reduce((all, { telegrams }) => all + (telegrams.unread ?? 0), 0);
  expect(sum).toBe(10_000);
  expect(rows.find(({ gateway }) => gateway === 'other')!.telegrams.unread).toBe(10_000 - 99);
});
