import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { acceptReceived, KeyCounters, LocalKek, ReceiveGuard } from '@openami/headend';
import { type KeyPlace, type OpenAmiError, rotateAtCounter } from '@openami/model';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ctx, forKeys, openSetting, type Setting } from './open-vault.ts';

const code = (wanted: string) => expect.objectContaining({ code: wanted });
let setting: Setting;
beforeAll(async () => {
  setting = await openSetting();
}, 60_000);
afterAll(() => setting.close());

const guek = { kind: 'guek', suite: 0 } as const;

describe('the vault', () => {
  it('opens what it sealed, in its place only', async () => {
    const vault = await setting.vault();
    const [a, b] = [await setting.meter(), await setting.meter()];
    const bytes = randomBytes(16);
    const keys = await vault.prepare(
      ctx,
      a.id,
      [
        { ...guek, bytes },
        { kind: 'gak', suite: 0 },
      ],
      'active',
    );
    expect(keys.map(({ kind, version, origin }) => [kind, version, origin])).toEqual([
      ['guek', 1, 'imported'],
      ['gak', 1, 'generated'],
    ]);
    await setting.store.meterKeys.add(ctx, keys);
    const { keys: open, broken } = await vault.keysOf(ctx, [a.id]);
    expect(broken).toEqual([]);
    const found = open.find(({ kind }) => kind === 'guek')!;
    expect(Buffer.compare(found.secret.bytes(), bytes)).toBe(0);
    expect(open.find(({ kind }) => kind === 'gak')!.secret.length).toBe(16);
    // Nothing that is printed or sent holds the key.
    const hex = bytes.toString('hex');
    const shown =
      inspect(found, { depth: 9, showHidden: true }) + JSON.stringify(found) + String(found.secret);
    expect(shown).not.toContain(hex);
    expect(shown).toContain('(secret)');
    // Copied to another meter, kind or version, or altered in one bit, it does not open; the others do.
    const [row] = await setting.store.meterKeys.unwrap(forKeys, { meterIds: [a.id], kinds: ['guek'] });
    for (const place of [{ meterId: b.id }, { kind: 'gbek' as const }, { version: 2 }]) {
      await expect(vault.unseal(ctx, { ...row!, ...place })).rejects.toEqual(code('KEY_TAMPERED'));
    }
    for (let at = 0; at < row!.wrapped.length; at++) {
      const wrapped = Uint8Array.from(row!.wrapped);
      wrapped[at]! ^= 1 << (at % 8);
      await expect(vault.unseal(ctx, { ...row!, wrapped })).rejects.toEqual(code('KEY_TAMPERED'));
      await expect(vault.unseal(ctx, { ...row!, wrapped: wrapped.subarray(0, at) })).rejects.toEqual(
        code('KEY_TAMPERED'),
      );
    }
    await sql`UPDATE meter_key SET wrapped = (SELECT wrapped FROM meter_key WHERE meter_id = ${a.id}
      AND kind = 'gak') WHERE meter_id = ${a.id} AND kind = 'guek'`.execute(setting.store.db);
    const after = await vault.keysOf(ctx, [a.id]);
    expect(after.broken).toEqual([
      { place: { meterId: a.id, kind: 'guek', version: 1 }, error: code('KEY_TAMPERED') },
    ]);
    expect(after.keys.map(({ kind }) => kind)).toEqual(['gak']);
  });

  it('keeps who asked in the audit trail', async () => {
    const vault = await setting.vault();
    const meter = await setting.meter();
    await setting.store.meterKeys.add(ctx, await vault.prepare(ctx, meter.id, [guek], 'active'));
    await vault.keysOf(ctx, [meter.id]);
    const [record] = await setting.store.audit.list(ctx, { limit: 1 });
    expect(record).toMatchObject({
      action: 'unwrap',
      purpose: 'keys',
      actor: { id: 'u7' },
      objectId: String(meter.id),
    });
    await expect(vault.keysOf({ ...ctx, scope: { usagePoints: new Set([1]) } }, [meter.id])).rejects.toEqual(
      code('OUT_OF_SCOPE'),
    );
  });

  it('is opened by its key-encryption key only, and moves to a new one without touching meter keys', async () => {
    const vault = await setting.vault();
    const meter = await setting.meter();
    const bytes = randomBytes(16);
    await setting.store.meterKeys.add(
      ctx,
      await vault.prepare(ctx, meter.id, [{ ...guek, bytes }], 'active'),
    );
    const [before] = await setting.store.meterKeys.unwrap(forKeys, { meterIds: [meter.id] });
    const other = new LocalKek(randomBytes(32));
    const wrong = await setting.vault(other).then(
      () => undefined,
      (error: OpenAmiError) => error,
    );
    expect(wrong).toMatchObject({ code: 'KEK_WRONG' });
    expect(wrong!.message).toContain(setting.kek.id);
    const moved = await setting.vault(other, [setting.kek]);
    const { keys } = await moved.keysOf(ctx, [meter.id]);
    expect(Buffer.compare(keys[0]!.secret.bytes(), bytes)).toBe(0);
    const [after] = await setting.store.meterKeys.unwrap(forKeys, { meterIds: [meter.id] });
    expect(after).toEqual(before);
    await expect(setting.vault()).rejects.toEqual(code('KEK_WRONG'));
    // Back, while it is open.
    await moved.changeKek(ctx, setting.kek);
    expect((await (await setting.vault()).keysOf(ctx, [meter.id])).keys).toHaveLength(1);
  });

  it('changes its data key under work of other processes', async () => {
    const vault = await setting.vault();
    const other = await setting.vault();
    const meters = await Promise.all(Array.from({ length: 5 }, () => setting.meter()));
    for (const { id } of meters) {
      await setting.store.meterKeys.add(
        ctx,
        await vault.prepare(ctx, id, [guek, { kind: 'gak', suite: 2 }], 'active'),
      );
    }
    const ids = meters.map(({ id }) => id);
    const plain = async (from: typeof vault) =>
      (await from.keysOf(ctx, ids)).keys.map(({ secret }) => Buffer.from(secret.bytes()).toString('hex'));
    const before = await plain(vault);
    const old = (await setting.store.dataKeys.list(forKeys)).find(({ current }) => current)!.id;
    // A key that does not open (see above) stays behind and holds up nothing.
    const changed = await vault.changeDataKey(ctx);
    expect(changed.moved).toBeGreaterThanOrEqual(10);
    expect(changed.broken).toEqual([{ meterId: 1, kind: 'guek', version: 1 }]);
    const left = await setting.store.meterKeys.wrappedUnder(forKeys, old, 10);
    expect(left.map(({ meterId }) => meterId)).toEqual([1]);
    expect(await plain(vault)).toEqual(before);
    expect(await plain(other)).toEqual(before);
    // The other process seals under the old key still; it opens all the same.
    const late = await setting.meter();
    await setting.store.meterKeys.add(ctx, await other.prepare(ctx, late.id, [guek], 'active'));
    expect((await vault.keysOf(ctx, [late.id])).broken).toEqual([]);
  });

  it('makes one first data key when several processes start at once', async () => {
    const fresh = await openSetting();
    const vaults = await Promise.all([fresh.vault(), fresh.vault(), fresh.vault()]);
    expect(await fresh.store.dataKeys.list(forKeys)).toHaveLength(1);
    const meter = await fresh.meter();
    await fresh.store.meterKeys.add(ctx, await vaults[0]!.prepare(ctx, meter.id, [guek], 'active'));
    expect((await vaults[2]!.keysOf(ctx, [meter.id])).broken).toEqual([]);
    await fresh.close();
  }, 60_000);

  it('refuses keys that are none', async () => {
    const vault = await setting.vault();
    const prepare = (spec: Parameters<typeof vault.prepare>[2][number]) =>
      vault.prepare(ctx, 1, [spec], 'active');
    const bytes = (length: number) => randomBytes(length);
    await expect(prepare({ ...guek, bytes: bytes(15) })).rejects.toEqual(code('KEY_LENGTH'));
    await expect(prepare({ kind: 'guek', suite: 2, bytes: bytes(16) })).rejects.toEqual(code('KEY_LENGTH'));
    await expect(prepare({ kind: 'sign_client', suite: 0, bytes: bytes(32) })).rejects.toEqual(
      code('KEY_LENGTH'),
    );
    await expect(prepare({ kind: 'gak', suite: 0, bytes: new Uint8Array(16) })).rejects.toEqual(
      code('KEY_WEAK'),
    );
    await expect(prepare({ kind: 'lls', suite: 0 })).rejects.toEqual(code('KEY_MISSING'));
    expect(
      await prepare({ kind: 'sign_meter', suite: 1, bytes: Buffer.concat([Buffer.of(4), bytes(64)]) }),
    ).toHaveLength(1);
  });
});

describe('counters in use', () => {
  const place = async (): Promise<KeyPlace> => {
    const vault = await setting.vault();
    const { id } = await setting.meter();
    await setting.store.meterKeys.add(ctx, await vault.prepare(ctx, id, [guek], 'active'));
    return { meterId: id, kind: 'guek', version: 1 };
  };
  const sender = () => new KeyCounters({ store: setting.store.counters, block: 10, maxJump: 100_000 });

  it('gives each number once, over several processes and their ends', async () => {
    const key = await place();
    const senders = [sender(), sender()];
    const got: number[] = [];
    for (let round = 0; round < 4; round++) {
      const asked = Array.from({ length: 27 }, (_, n) => senders[n % 2]!.next(ctx, key));
      got.push(...(await Promise.all(asked)));
      // A process ends; its block is lost, not repeated.
      senders[round % 2] = sender();
    }
    expect(new Set(got).size).toBe(got.length);
    expect(Math.min(...got)).toBe(1);
  });

  it('is taken by sessions without waiting, each number once, also while others take it', async () => {
    const key = await place();
    const counters = sender();
    const sessions = [await counters.open(ctx, key), await counters.open(ctx, key)];
    const got: number[] = [];
    for (let n = 0; n < 60; n++) {
      got.push(sessions[n % 2]!.reserve());
      if (n % 2 === 1) got.push(await counters.next(ctx, key));
    }
    await sessions[0]!.continueAbove(5000);
    got.push(sessions[1]!.reserve());
    expect(got.at(-1)).toBe(5001);
    expect(new Set(got).size).toBe(got.length);
    // A session that takes more than is there at once is told, and gets none twice.
    const greedy = () => Array.from({ length: 30 }, () => sessions[0]!.reserve());
    expect(greedy).toThrow(code('COUNTERS_NOT_THERE'));
    await counters.next(ctx, key);
    const after = sessions[1]!.reserve();
    expect(got).not.toContain(after);
    expect(after).toBeGreaterThan(5010);
  });

  it('is resynchronised above what the meter saw, never back, and not by an implausible claim', async () => {
    const key = await place();
    const counters = sender();
    expect(await counters.next(ctx, key)).toBe(1);
    await counters.resynchronise(ctx, key, 5);
    expect(await counters.next(ctx, key)).toBe(6);
    await counters.resynchronise(ctx, key, 2);
    expect(await counters.next(ctx, key)).toBe(7);
    await counters.resynchronise(ctx, key, 5000);
    expect(await counters.next(ctx, key)).toBe(5001);
    await expect(counters.resynchronise(ctx, key, 2 ** 32 - 1)).rejects.toEqual(code('METER_COUNTER_JUMP'));
    await expect(counters.resynchronise(ctx, key, Number.NaN)).rejects.toEqual(code('METER_COUNTER_JUMP'));
    expect(await counters.next(ctx, key)).toBe(5002);
    // A key that never sent comes from another head-end.
    const taken = await place();
    await counters.resynchronise(ctx, taken, 1_700_000_000);
    expect(await counters.next(ctx, taken)).toBe(1_700_000_001);
    await expect(counters.resynchronise(ctx, await place(), rotateAtCounter + 9)).rejects.toEqual(
      code('METER_COUNTER_JUMP'),
    );
  });

  it('rejects and reports what was received before, also after a restart', async () => {
    const key = await place();
    const guard = () => new ReceiveGuard({ store: setting.store.counters });
    const replay = expect.objectContaining({ code: 'METER_COUNTER_REPLAYED' });
    const first = guard();
    const [mark] = await first.marks(ctx, [key]);
    acceptReceived(mark!, 4);
    acceptReceived(mark!, 9);
    first.keep(mark!, 9);
    for (const counter of [4, 9, 0]) expect(() => acceptReceived(mark!, counter)).toThrow(replay);
    expect(await first.flush(ctx)).toEqual([]);
    expect(await first.flush(ctx)).toEqual([]);
    const second = guard();
    const [again] = await second.marks(ctx, [key]);
    expect(() => acceptReceived(again!, 9)).toThrow(replay);
    acceptReceived(again!, 12);
    second.keep(again!, 12);
    await second.flush(ctx);
    // Two head-ends hear one meter: the one that was slower is told, and learns.
    acceptReceived(mark!, 11);
    first.keep(mark!, 11);
    expect(await first.flush(ctx)).toEqual([key]);
    expect(() => acceptReceived(mark!, 12)).toThrow(replay);
  });

  it('lets a message that was not stored come again', async () => {
    const key = await place();
    const guard = new ReceiveGuard({ store: setting.store.counters });
    const [mark] = await guard.marks(ctx, [key]);
    acceptReceived(mark!, 4);
    guard.forget(mark!);
    expect(await guard.flush(ctx)).toEqual([]);
    const [again] = await guard.marks(ctx, [key]);
    acceptReceived(again!, 4);
    // a key that has no counters has no mark
    expect(await guard.marks(ctx, [{ ...key, kind: 'gak' }])).toEqual([]);
  });
});
