/** The CoAP front and a device made of aiocoap. */
import { createSocket } from 'node:dgram';
import { afterAll, describe, expect, it } from 'vitest';
import { coapFront } from '../coap/front-fixture.ts';
import { nowS } from '../helpers/fixture.ts';
import { installPython, removeOthers } from './others.ts';

const python = await installPython('aiocoap');
if (python === undefined) await removeOthers();
afterAll(removeOthers);

/** A port that is free now. */
async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((done) => socket.bind(0, '127.0.0.1', done));
  const { port } = socket.address();
  await new Promise<void>((done) => socket.close(() => done()));
  return port;
}

describe.skipIf(python === undefined)('our front, their device', () => {
  it('takes reports in blocks, registers, observes in blocks, takes sends and lets it go', async () => {
    const { front, port, sink } = await coapFront({ limits: { ackTimeoutMs: 2_000, piggybackMs: 1_000 } });
    try {
      const said = await python!.json('aiocoap_device.py', { port, devicePort: await freePort(), nowS });
      expect(said.codes).toEqual(['2.05', '2.04', '2.01', '2.04', '2.04', '2.02', '4.04']);
      expect(front.counters).toMatchObject({ notifications: 3, devices: 0, observations: 0, malformed: 0 });
      // 200 rows that were posted, 60 of the first read and of each notification, one that was sent
      expect(sink.rows()).toHaveLength(200 + 4 * 60 + 1);
      expect(new Set(sink.rows().map(([, end]) => end)).size).toBe(200 + 4 * 60 + 1);
    } finally {
      await front.close();
    }
  });
});
