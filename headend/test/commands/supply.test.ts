import { expect, it } from 'vitest';
import type { Observation } from '../../src/commands/kind-shape.ts';
import type { CommandKindName } from '../../src/commands/kinds.ts';
import { supplyOf } from '../../src/commands/supply.ts';

const output = { classId: 70, obis: '0.0.96.3.10.255', attribute: 2 };
const register = { classId: 3, obis: '1.0.1.8.0.255', attribute: 2 };

const seen = (kind: CommandKindName, params: unknown, observation: Observation) =>
  supplyOf(kind, params, { type: 'observed-after', observation, done: true });

it('is what the relay says, whichever command read it', () => {
  const relay = (outputOn: boolean) => ({ outputOn, control: 'connected', mode: 4 }) as const;
  expect(seen('disconnect', {}, relay(false))).toBe('disconnected');
  expect(seen('connect', {}, relay(false))).toBe('disconnected');
  expect(seen('connect', {}, relay(true))).toBe('connected');
  expect(seen('read', { items: [register, output] }, { values: ['true', 'false'] })).toBe('disconnected');
  expect(seen('script', { expect: { ...output, value: 'false' } }, { values: ['true'] })).toBe('connected');
});

it('is not known from anything else', () => {
  expect(seen('read', { items: [register] }, { values: ['false'] })).toBeUndefined();
  expect(seen('read', { items: [{ ...output, attribute: 3 }] }, { values: ['false'] })).toBeUndefined();
  expect(
    seen('read', { items: [{ ...output, obis: '0.1.96.3.10.255' }] }, { values: ['false'] }),
  ).toBeUndefined();
  expect(seen('read', { items: [output] }, { values: ['null'] })).toBeUndefined();
  expect(seen('clock-set', {}, { driftMs: 0 })).toBeUndefined();
  expect(supplyOf('disconnect', {}, { type: 'started' } as never)).toBeUndefined();
});
