/** Codecs with their versions, who has which, and downlinks that one of two may change. */
import { systemAccess } from '@openami/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RegistryStore } from '../../src/postgres/index.ts';
import { present, type TestEngine } from './engines.ts';

const ctx = systemAccess;
const devEui = '0102030405060708';

describe.each(present)('LoRaWAN on $name', ({ start }) => {
  let engine: TestEngine;
  let lorawan: RegistryStore['lorawan'];
  beforeAll(async () => {
    engine = await start();
    lorawan = (await engine.open()).lorawan;
  });
  afterAll(() => engine.stop());

  it('keeps versions of codecs, and tells of every change, though the clock stands still', async () => {
    const stamps = [await lorawan.stamp(ctx)];
    const noted = async <T>(change: Promise<T>): Promise<T> => {
      const done = await change;
      stamps.push(await lorawan.stamp(ctx));
      return done;
    };
    const script = '{"script":"a\\u0000b"}';
    expect(await noted(lorawan.putCodec(ctx, 'a/w', '{}'))).toMatchObject({ version: 1, enabled: true });
    expect(await noted(lorawan.putCodec(ctx, 'a/w', script))).toMatchObject({ version: 2 });
    expect(await lorawan.putCodec(ctx, 'a/w', script)).toMatchObject({ version: 2, definition: script });
    expect(await lorawan.stamp(ctx)).toBe(stamps.at(-1));
    expect(await noted(lorawan.enableCodec(ctx, 'a/w', false))).toMatchObject({ enabled: false });
    await noted(lorawan.enableCodec(ctx, 'a/w', true));
    await noted(lorawan.assign(ctx, { devEui, codecId: 'a/w', meter: '' }));
    await noted(lorawan.assign(ctx, { devEui, codecId: null, meter: 'W1' }));
    expect(new Set(stamps).size).toBe(stamps.length);
    // what it had is not forgotten, and told once
    await noted(lorawan.assign(ctx, { devEui, codecId: 'a/w', meter: 'W1' }));
    await noted(lorawan.assign(ctx, { devEui, codecId: null, meter: 'W1' }));
    expect(await lorawan.assignments(ctx)).toEqual([{ devEui, codecId: null, meter: 'W1', had: ['a/w'] }]);
    await expect(lorawan.enableCodec(ctx, 'no', true)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const unknown = lorawan.assign(ctx, { devEui, codecId: 'no', meter: '' });
    await expect(unknown).rejects.toMatchObject({ code: 'STILL_REFERRED_TO' });
  });

  it('lets one of two change a downlink, and finds it by its names while it is due', async () => {
    const downlink = { id: 'd1', devEui, record: { step: 'queued' }, version: 1, dueS: 100 };
    expect(await lorawan.addDownlink(ctx, downlink, ['n1', 'n2'])).toBe(true);
    expect(await lorawan.addDownlink(ctx, { ...downlink, record: {} }, ['n3'])).toBe(false);
    expect(await lorawan.downlink(ctx, 'd1')).toEqual(downlink);
    expect(await lorawan.downlinkOf(ctx, ['x', 'n2'])).toEqual(downlink);
    expect(await lorawan.downlinkOf(ctx, ['n3'])).toBeUndefined();
    expect(await lorawan.dueDownlinks(ctx, 99, 10)).toEqual([]);
    expect(await lorawan.dueDownlinks(ctx, 100, 10)).toEqual([downlink]);
    const next = { ...downlink, record: { step: 'acked' }, version: 2, dueS: null };
    const changes = await Promise.all([
      lorawan.replaceDownlink(ctx, next),
      lorawan.replaceDownlink(ctx, next),
    ]);
    expect(changes.sort()).toEqual([false, true]);
    expect(await lorawan.dueDownlinks(ctx, 1_000, 10)).toEqual([]);
    expect(await lorawan.downlinks(ctx, devEui, 10)).toMatchObject([{ ...next, orderedBy: 'system' }]);
  });
});
