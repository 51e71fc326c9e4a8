import { randomBytes } from 'node:crypto';
import { KeyCounters, KeyRotations, type RotatedMeter, type SessionKeys } from '@openami/headend';
import type { SecuritySuite } from '@openami/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ctx, nodeKeyWrap, openSetting, type Setting } from './open-vault.ts';

const code = (wanted: string) => expect.objectContaining({ code: wanted });
let setting: Setting;
beforeAll(async () => {
  setting = await openSetting();
}, 60_000);
afterAll(() => setting.close());

const graceS = 86_400;
type Link = 'ok' | 'lose-request' | 'lose-answer';

/** A meter with real keys: it unwraps what it is sent, and takes a session only under keys it has. */
class KeyedMeter implements RotatedMeter {
  readonly keys: Uint8Array[];
  suite: SecuritySuite = 0;
  counter = 0;
  links: Link[] = [];

  constructor(keys: Uint8Array[]) {
    this.keys = keys;
  }

  private async through<T extends string>(session: SessionKeys, act: () => T) {
    const link = this.links.shift() ?? 'ok';
    const counter = await session.counter();
    if (link === 'lose-request') return 'lost' as const;
    const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;
    const fits =
      same(session.guek.secret.bytes(), this.keys[0]!) && same(session.gak.secret.bytes(), this.keys[2]!);
    if (!fits || session.suite !== this.suite) return 'wrong-key' as const;
    if (counter <= this.counter) return 'counter' as const;
    this.counter = counter;
    const answer = act();
    return link === 'lose-answer' ? ('lost' as const) : answer;
  }

  transfer(...[session, sent, suite]: Parameters<RotatedMeter['transfer']>) {
    return this.through(session, () => {
      try {
        const plain = sent.map(
          ({ keyId, wrapped }) => [keyId, nodeKeyWrap.unwrap(this.keys[3]!, wrapped)] as const,
        );
        for (const [keyId, key] of plain) this.keys[keyId] = key;
        if (suite !== undefined) this.suite = suite;
        return 'ok';
      } catch {
        return 'refused';
      }
    });
  }

  prove(session: SessionKeys) {
    return this.through(session, () => 'ok');
  }

  lastCounter() {
    return Promise.resolve(this.counter);
  }
}

async function rig(suite: SecuritySuite = 0) {
  const vault = await setting.vault();
  const { id } = await setting.meter();
  const length = suite === 2 ? 32 : 16;
  const raw = Array.from({ length: 4 }, () => randomBytes(length));
  const kinds = ['guek', 'gbek', 'gak', 'kek'] as const;
  const specs = kinds.map((kind, index) => ({ kind, suite, bytes: raw[index]! }));
  await setting.store.meterKeys.add(ctx, await vault.prepare(ctx, id, specs, 'active'));
  const meter = new KeyedMeter(raw.map((key) => Uint8Array.from(key)));
  meter.suite = suite;
  const entries: object[] = [];
  const rotations = new KeyRotations({
    ...{ store: setting.store.rotations, vault, keyWrap: nodeKeyWrap, graceS },
    counters: new KeyCounters({ store: setting.store.counters }),
    nowS: () => setting.clock.nowMs() / 1000,
    log: { info: (data) => void entries.push(data) },
  });
  const agrees = async () => {
    const { keys } = await vault.keysOf(ctx, [id]);
    expect(keys.every(({ state }) => state === 'active')).toBe(true);
    for (const [index, kind] of kinds.entries()) {
      const key = keys.find((each) => each.kind === kind)!;
      expect(Buffer.compare(key.secret.bytes(), meter.keys[index]!)).toBe(0);
    }
    return keys;
  };
  return { vault, id, meter, rotations, entries, agrees, raw };
}

describe('rotation over the store', () => {
  it('rotates all keys of a meter on a link that breaks, and leaves none of the old', async () => {
    const { id, meter, rotations, entries, agrees, raw } = await rig();
    const rotation = await rotations.begin(ctx, id, ['guek', 'gak', 'gbek', 'kek']);
    await expect(rotations.begin(ctx, id, ['gak'])).rejects.toEqual(code('ROTATION_BUSY'));
    // Another head-end used the key: our counter is behind.
    meter.counter = 70_000;
    let state = '';
    for (let day = 0; day < 40 && state !== 'done'; day++) {
      meter.links = [
        (['ok', 'lose-answer', 'lose-request'] as const)[day % 3]!,
        day % 2 ? 'lose-answer' : 'ok',
      ];
      state = (await rotations.session(ctx, rotation, meter)).step;
      setting.clock.advanceMs(graceS * 600);
    }
    expect(state).toBe('done');
    const keys = await agrees();
    expect(keys.map(({ version }) => version)).toEqual([2, 2, 2, 2]);
    raw.forEach((old, index) => void expect(Buffer.compare(old, meter.keys[index]!)).not.toBe(0));
    expect(await setting.store.rotations.get(ctx, rotation)).toMatchObject({
      state: 'done',
      what: 'kek, guek, gak, gbek',
    });
    // Neither log nor stored state nor audit trail holds a key, old or new.
    const kept = JSON.stringify([
      entries,
      await setting.store.rotations.get(ctx, rotation),
      await setting.store.audit.list(ctx, { limit: 1000 }),
    ]);
    for (const key of [...raw, ...meter.keys]) {
      for (const form of ['hex', 'base64'] as const)
        expect(kept).not.toContain(Buffer.from(key).toString(form));
    }
    expect(await setting.store.audit.verify(ctx)).toMatchObject({ brokenAt: null });
  });

  it.each([
    [0, 1, 16],
    [1, 2, 32],
  ] as const)('upgrades suite %i to %i', async (from, to, length) => {
    const { id, meter, rotations, agrees } = await rig(from);
    const rotation = await rotations.begin(ctx, id, ['guek', 'gbek'], to);
    meter.links = ['lose-answer'];
    for (let day = 0; day < 8; day++) {
      await rotations.session(ctx, rotation, meter);
      setting.clock.advanceMs(graceS * 1000);
    }
    const keys = await agrees();
    expect(meter.suite).toBe(to);
    const guek = keys.find(({ kind }) => kind === 'guek')!;
    expect(guek).toMatchObject({ suite: to, version: 2 });
    expect(guek.secret.length).toBe(length);
  });

  it('gives up before anything was sent, and only then', async () => {
    const { id, meter, rotations, agrees } = await rig();
    const first = await rotations.begin(ctx, id, ['guek']);
    await rotations.cancel(ctx, first);
    const second = await rotations.begin(ctx, id, ['guek']);
    meter.links = ['lose-answer'];
    expect((await rotations.session(ctx, second, meter)).step).toBe('uncertain');
    await expect(rotations.cancel(ctx, second)).rejects.toEqual(code('ROTATION_NOT_NOW'));
    expect((await rotations.session(ctx, second, meter)).step).toBe('grace');
    setting.clock.advanceMs(graceS * 1000);
    await rotations.session(ctx, second, meter);
    await agrees();
  });

  it('does not begin while another key of the meter is unproven', async () => {
    const { id, meter, rotations, vault } = await rig();
    await setting.store.meterKeys.add(
      ctx,
      await vault.prepare(ctx, id, [{ kind: 'gak', suite: 0 }], 'staged'),
    );
    await expect(rotations.begin(ctx, id, ['guek'])).rejects.toEqual(code('ROTATION_NOT_NOW'));
    // The staged key itself can be carried through.
    const rotation = await rotations.begin(ctx, id, ['gak']);
    expect((await rotations.session(ctx, rotation, meter)).step).toBe('grace');
  });
});
