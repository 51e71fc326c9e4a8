/** Mappings and messages for tests. */
import { afterAll, beforeAll } from 'vitest';
import { ApartEvaluator } from '../../src/mapping/expression/apart.ts';
import { defaultMappingLimits, type MappingLimits } from '../../src/mapping/limits.ts';
import { Mapping, MappingPayload, type MappingResult } from '../../src/mapping/mapping.ts';
import { plainMessage } from '../../src/mapping/push-json.ts';
import { bytes } from '../helpers/fixture.ts';

export { bytes };

export const receivedAt = '2026-03-01T12:00:00Z';
export const receivedS = Date.parse(receivedAt) / 1000;

/** Of the test file that runs: files share a process. */
export let apart: ApartEvaluator;

export function useApart(): void {
  beforeAll(() => {
    apart = new ApartEvaluator({ ...defaultMappingLimits, apartMs: 150 });
  });
  afterAll(() => apart.close());
}

/** The file of a mapping for topic `t/{device}`; one series `1-0:1.8.0` of `value` unless told otherwise. */
export function fileOf(more: object = {}): Record<string, unknown> {
  return {
    version: 1,
    id: 'test',
    title: 'Test',
    topics: ['t/{device}'],
    series: [{ quantity: '1-0:1.8.0', unit: 'kWh', value: 'value' }],
    examples: [{ topic: 't/m', payload: { value: 1 }, receivedAt, expect: [{ meter: 'm' }] }],
    ...more,
  };
}

export function mappingOf(
  more: object = {},
  options: { zone?: string; limits?: Partial<MappingLimits> } = {},
): Mapping {
  return new Mapping(fileOf(more), { ...options, apart });
}

/** What a mapping makes of a message on `t/m1`: push messages as plain JSON. */
export async function mapped(mapping: Mapping, payload: unknown, topic = 't/m1'): Promise<unknown> {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const found: MappingResult = await mapping.apply({
    topic,
    payload: new MappingPayload(bytes(text)),
    receivedS,
  });
  return found?.map(plainMessage);
}

/** The series of one message as `[quantity, rows]`, and its rejects. */
export async function rowsOf(mapping: Mapping, payload: unknown): Promise<unknown> {
  const [message] = (await mapped(mapping, payload)) as [Record<string, unknown>];
  const series = (message.series ?? []) as { readings: unknown }[];
  const rows = series.map(({ readings }) => readings);
  return message.rejects === undefined ? rows : [...rows, message.rejects];
}
