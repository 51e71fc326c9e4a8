/** From a device's message to counts of a channel, through the pipeline. */
import { expect, test } from 'vitest';
import { libraryMappings } from '../../src/mapping/library.ts';
import { MappingRegistry } from '../../src/mapping/registry.ts';
import { channel, fixture, nowMs, nowS } from '../helpers/fixture.ts';
import { apart, bytes, useApart } from './helpers.ts';

useApart();

test('readings, rejections and the frame of a mapped message are one commit', async () => {
  const { ingest, sink, directory } = fixture();
  const installed = { installedFrom: 0, installedUntil: Number.POSITIVE_INFINITY };
  directory.put({ devices: ['laundry'], channel: channel(7, 30, { intervalS: 0 }), ...installed });
  const registry = new MappingRegistry();
  for (const mapping of libraryMappings({ apart })) registry.add(mapping);
  const time = new Date(nowMs - 5_000).toISOString().slice(0, 19);
  const frame = bytes(
    JSON.stringify({ Time: time, ENERGY: { Total: 71.402, Power: 'broken', Voltage: 230 } }),
  );
  const mapped = await registry.apply('tele/laundry/SENSOR', frame, nowS);
  const receipt = await ingest.accept({ source: 'mqtt', messages: mapped!.messages, frame });
  expect(receipt).toMatchObject({
    accepted: 1,
    unregistered: 1,
    rejected: [{ device: 'laundry', code: 'MAPPING_EVALUATION' }],
  });
  expect(sink.rows()).toEqual([[7, nowS - 5, 71_402, 0]]);
  expect(sink.frames).toMatchObject([{ device: 'laundry', meter: 30, payload: frame, accepted: 1 }]);
});
