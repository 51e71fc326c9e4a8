/** Writing and executing resources of LwM2M devices on UDP sockets, as commands do. */
import { contentFormats } from '@openami/wire/lwm2m';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Lwm2mCommandDriver } from '../../src/coap/command-driver.ts';
import { nowS } from '../helpers/fixture.ts';
import { coapFront } from './front-fixture.ts';
import { type DeviceOptions, LwM2mDevice } from './lwm2m-device.ts';

const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const part of closing.splice(0).reverse()) await part.close();
});

/** How long a device that sleeps listens after a message. */
const awakeMs = 1_000;

async function device(options: Partial<DeviceOptions> = {}, waitMs = 20_000) {
  const { front, port } = await coapFront({ limits: { awakeMs } });
  const energy = () => ({ value: 1, atS: nowS });
  const meter = new LwM2mDevice({ endpoint: 'OA1', port, energy, ...options });
  closing.push(meter, front);
  const namesOf = (serial: string) => [serial, 'urn:other', 'OA1'];
  return { meter, front, driver: new Lwm2mCommandDriver(() => ({ front, namesOf }), waitMs) };
}

const endpoint = { protocol: 'lwm2m' } as never;
const meter1 = { meterId: 1, serial: 'S1', endpoint };
const command = (kind: string, params: object) =>
  ({ id: 1, send: 1, expiresAtS: nowS + 60, kind, params }) as never;
const write = (value: string) => command('lwm2m-write', { path: '/3312/0/5850', type: 'boolean', value });
const expects = { path: '/3312/0/5850', value: '1' };
const never = new AbortController().signal;

describe('a command to a device', () => {
  test.each([
    ['1.1', contentFormats.senmlCbor],
    ['1.0', contentFormats.tlv],
  ] as const)('of %s writes a resource, and reads it back', async (version, format) => {
    const { meter, driver } = await device({ version });
    await meter.register();
    expect(await driver.execute(write('false'), meter1, never)).toBe('ok');
    expect(meter).toMatchObject({ isOn: false, written: [format] });
    expect(await driver.readBack(write('false'), meter1)).toEqual({
      ...{ outcome: 'ok', observation: { values: ['0'] } },
    });
  });

  test('executes a resource with arguments, once', async () => {
    const { meter, driver } = await device();
    await meter.register();
    meter.isOn = false;
    const restart = command('lwm2m-execute', { path: '/3/0/4', arguments: "0='now'", expect: expects });
    expect(await driver.execute(restart, meter1, never)).toBe('ok');
    expect(meter.executed).toEqual(["0='now'"]);
    expect(await driver.readBack(restart, meter1)).toMatchObject({ observation: { values: ['1'] } });
  });

  test('that refuses is told from one that is not there, and from a kind of others', async () => {
    const { meter, driver } = await device();
    expect(await driver.execute(write('0'), meter1, never)).toBe('not-sent');
    expect(await driver.readBack(write('0'), meter1)).toEqual({ outcome: 'not-sent' });
    await meter.register();
    const bad = command('lwm2m-write', { path: '/3/0/1', type: 'string', value: 'x' });
    expect(await driver.execute(bad, meter1, never)).toBe('refused');
    expect(await driver.readBack(bad, meter1)).toEqual({ outcome: 'refused' });
    expect(await driver.execute(command('disconnect', {}), meter1, never)).toBe('unsupported');
  });

  test('that sleeps has nothing sent, then or later', async () => {
    const { meter, front, driver } = await device({ isQueued: true }, 300);
    await meter.register();
    await vi.waitFor(() => expect(front.counters.observations).toBe(1), { timeout: 10_000 });
    // its time of listening passes
    await new Promise((done) => setTimeout(done, awakeMs + 200));
    expect(await driver.execute(write('0'), meter1, never)).toBe('not-sent');
    const patient = new Lwm2mCommandDriver(() => ({ front, namesOf: () => ['OA1'] }));
    expect(await patient.execute(write('0'), meter1, AbortSignal.abort())).toBe('not-sent');
    await meter.update();
    await new Promise((done) => setTimeout(done, 200));
    expect(meter).toMatchObject({ isOn: true, written: [] });
    await meter.update();
    expect(await driver.execute(write('0'), meter1, never)).toBe('ok');
    expect(meter.isOn).toBe(false);
  });

  test('that hears nothing may have it, and does not get it again when it wakes', async () => {
    const { meter, front, driver } = await device({ isQueued: true });
    await meter.register();
    await vi.waitFor(() => expect(front.counters.observations).toBe(1), { timeout: 10_000 });
    await meter.update();
    meter.isAsleep = true;
    expect(await driver.execute(write('0'), meter1, never)).toBe('lost');
    meter.isAsleep = false;
    await meter.update();
    await new Promise((done) => setTimeout(done, 300));
    expect(meter.written).toEqual([]);
  }, 20_000);
});
