import { expect, test } from 'vitest';
import { DriftWatch } from '../../src/ingest/drift.ts';

const minutes = (n: number) => n * 60_000;
const in_ = { off: false, news: false };
const new_ = { off: true, news: true };
const known = { off: true, news: false };

test('ahead is certain at once and reported once', () => {
  const watch = new DriftWatch(minutes(3));
  expect(watch.check('a', minutes(3))).toEqual(in_);
  expect(watch.check('a', minutes(4))).toEqual(new_);
  expect(watch.check('a', minutes(4.5))).toEqual(known);
  expect(watch.check('a', minutes(9))).toEqual(new_);
  expect(watch.count).toBe(1);
  expect(watch.check('a', 0)).toEqual(in_);
  expect(watch.count).toBe(0);
});

test('behind needs two messages with the same drift: a backlog is no wrong clock', () => {
  const watch = new DriftWatch(minutes(3));
  expect([45, 30, 15].map((n) => watch.check('backlog', minutes(-n)))).toEqual([in_, in_, in_]);
  expect(watch.check('slow', minutes(-20))).toEqual(in_);
  expect(watch.check('slow', minutes(-20.5))).toEqual(new_);
  expect(watch.check('slow', minutes(-20.4))).toEqual(known);
  expect(watch.count).toBe(1);
});

test('remembers a bounded number of devices', () => {
  const watch = new DriftWatch(minutes(3));
  for (let i = 0; i < 10_500; i++) watch.check(`d${i}`, minutes(10));
  expect(watch.count).toBe(10_000);
});
