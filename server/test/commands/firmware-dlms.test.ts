/** Firmware over sockets: meters that lose power or their link at every step, and a server that starts anew. */
import { nodeCrypto } from '@openami/headend';
import { systemAccess } from '@openami/model';
import type { MeterFault } from '@openami/sim';
import { decodeData, imageStates, numberOf } from '@openami/wire/dlms';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Field, plansOf, world } from '../collection/field.ts';

/** A batch of blocks and some. */
const blocks = 70;
const image = Buffer.alloc(blocks * 256 - 100, 7);
image.write('OpenAMI firmware 2.0\n');

/**
 * APDUs, of all that a meter hears, at which its power or its link goes: opening the first session, asking for
 * the status, beginning (11), a block (24, 50; 99 and 101 of the second batch), between batches, verifying
 * (115), activating (127).
 */
const steps = [1, 2, 4, 11, 13, 24, 50, 91, 99, 101, 115, 119, 127, 131];
const [refusing, waiting, ...others] = plansOf(2 + 2 * steps.length);
const broken = others.map((plan, at): { meter: string; fault: MeterFault } => {
  const kind = at % 2 === 0 ? 'reboot' : 'cut';
  return { meter: plan.serial, fault: { kind, afterApdus: steps[at >> 1]! - 1, ofAll: true } };
});
const meters = [refusing!, waiting!, ...others];

/** Meters that were made to begin again although they had blocks of the image. */
const wasted: string[] = [];
const field = new Field(meters.length, {
  // Pure JavaScript would be most of the time.
  crypto: nodeCrypto,
  faults: [{ meter: refusing!.serial, fault: { kind: 'firmware-refused' } }, ...broken],
});
for (const { server, identity } of field.fleet.meters) {
  const { meter } = server;
  const invoke = meter.invoke.bind(meter);
  meter.invoke = (object, method, parameter, session) => {
    if (object.classId === 18 && method === 1) {
      const [bits, state] = [3, 6].map((at) => decodeData(meter.read(object, at) as Uint8Array));
      const has = bits?.type === 'bit-string' && bits.value.some((byte) => byte !== 0);
      if (has && numberOf(state!) === imageStates.initiated) wasted.push(identity.serial);
    }
    return invoke(object, method, parameter, session);
  };
}
beforeAll(async () => {
  await field.open();
  const policy = { fourEyesAboveMeters: 1000, fourEyesAlways: [] };
  await field.context.registry.commands.setGate(systemAccess, { policy });
}, 120_000);
afterAll(() => field.close());

async function campaign(serials: readonly string[], activateAtS?: number): Promise<number> {
  const { registry, commands } = field.context;
  const known = await registry.campaigns.images(systemAccess);
  const imageId =
    known[0]?.id ??
    (await commands.campaigns.addImage(systemAccess, {
      ...{ name: 'fw', manufacturer: '', model: '', firmware: '2.0', identifier: 'a1b2', sha256: '' },
      ...{ signature: null, content: image },
    }));
  const waves = [{ name: 'all', upTo: 10_000 }];
  const plan = { waves, haltRate: 10_000, fromVersions: [], ...(activateAtS ? { activateAtS } : {}) };
  const meterIds = serials.map((serial) => field.idOf(serial));
  const wanted = { name: `to ${serials.length}`, imageId, plan, meterIds, person: 'system' };
  const id = await commands.campaigns.create(systemAccess, wanted);
  await commands.campaigns.move(systemAccess, id, 'start');
  return id;
}

const rowsOf = async (id: number) =>
  (await field.context.registry.campaigns.meters(systemAccess, id, { limit: 1000 })).items;
type Progress = { blocks: number; bitmap: string; error: string | null };

/** Lets time go on until it is so. */
function until(what: () => Promise<void>, advanceMs = 20_000): Promise<void> {
  const look = async () => {
    field.clock.advanceMs(advanceMs);
    await what();
  };
  return vi.waitFor(look, { timeout: 90_000, interval: 200 });
}

describe('firmware of DLMS meters', () => {
  it('resumes from what the meter has, whatever broke and whoever started anew', async () => {
    const id = await campaign(
      meters.map(({ serial }) => serial).filter((serial) => serial !== waiting!.serial),
    );
    await until(async () => {
      const half = (await rowsOf(id)).filter(({ progress }) => {
        const has = [...Buffer.from((progress as Progress).bitmap, 'base64')];
        return has.includes(0xff) && has.includes(0);
      });
      // those that failed in the second batch have the first, and wait for time to go on
      expect(half.length).toBeGreaterThan(3);
    }, 0);
    await field.server.close();
    await field.start();
    await until(async () => {
      const rows = await rowsOf(id);
      const open = rows.filter(({ state }) => state !== 'confirmed' && state !== 'failed');
      expect(
        open.map(({ serial, state, progress }) => [serial, state, (progress as Progress).error]),
      ).toEqual([]);
    });
    const rows = await rowsOf(id);
    expect(rows.filter(({ state }) => state === 'failed')).toMatchObject([
      { serial: refusing!.serial, progress: { error: 'FIRMWARE_VERIFY' } },
    ]);
    expect(wasted).toEqual([]);
  }, 180_000);

  it('activates on command what a campaign left verified', async () => {
    const atS = world.days.start(world.endDay) + 400 * 86_400;
    const id = await campaign([waiting!.serial], atS);
    await until(async () => expect((await rowsOf(id))[0]!.state).toBe('verified'));
    const { orderId } = await field.context.commands.orders.request(systemAccess, {
      ...{ kind: 'firmware-activate', params: { identifier: 'a1b2', version: '2.0' } },
      ...{ meterIds: [field.idOf(waiting!.serial)], key: 'activate', reason: 'now', person: 'system' },
    });
    await until(async () => {
      const { items } = await field.context.registry.commands.list(systemAccess, { orderId });
      expect(items[0]).toMatchObject({ state: 'confirmed', progress: { after: { version: '2.0' } } });
    });
  }, 120_000);
});
