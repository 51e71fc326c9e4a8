import { type AccessContext, systemAccess } from '@openami/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RegistryStore } from '../../src/postgres/index.ts';
import { present, type TestEngine } from './engines.ts';

const ctx = systemAccess;
const march = new Date('2026-03-01T00:00:00Z');
/** Before the test clock; April and May lie ahead of it. */
const spring = new Date('2026-03-20T00:00:00Z');
const april = new Date('2026-04-01T00:00:00Z');
const may = new Date('2026-05-01T00:00:00Z');

function scoped(...usagePoints: number[]): AccessContext {
  return {
    ...ctx,
    actor: { kind: 'user', id: 'u1', name: 'u1' },
    scope: { usagePoints: new Set(usagePoints) },
  };
}

const code = (wanted: string) => expect.objectContaining({ code: wanted });

describe.each(present)('registry on $name', ({ start }) => {
  let engine: TestEngine;
  let store: RegistryStore;
  beforeAll(async () => {
    engine = await start();
    store = await engine.open();
  });
  afterAll(() => engine.stop());

  const meter = (serial: string) => store.meters.create(ctx, { serial, commodity: 'electricity' });
  const point = (name: string) => store.usagePoints.create(ctx, { code: name, commodity: 'electricity' });

  it('creates, reads, updates with a version, and refuses the rest', async () => {
    const made = await store.meters.create(ctx, {
      serial: 'A-1',
      commodity: 'water',
      addresses: ['aa:bb', 'x'],
      attributes: { radio: { band: 868 } },
    });
    expect(made).toMatchObject({
      serial: 'A-1',
      state: 'in_stock',
      version: 1,
      attributes: { radio: { band: 868 } },
    });
    expect(await store.meters.get(ctx, made.id)).toEqual(made);
    const changed = await store.meters.update(ctx, made.id, { firmware: '2.0' }, 1);
    expect(changed).toMatchObject({ firmware: '2.0', version: 2 });
    await expect(store.meters.update(ctx, made.id, { firmware: '3' }, 1)).rejects.toEqual(
      code('VERSION_CONFLICT'),
    );
    await expect(store.meters.update(ctx, 999_999, { firmware: '3' })).rejects.toEqual(code('NOT_FOUND'));
    await expect(store.meters.get(ctx, 999_999)).rejects.toEqual(code('NOT_FOUND'));
    await expect(store.meters.create(ctx, { serial: 'A-1', commodity: 'gas' })).rejects.toEqual(
      code('ALREADY_EXISTS'),
    );
    await expect(store.meters.create(ctx, { serial: '', commodity: 'gas' })).rejects.toEqual(
      code('BAD_VALUE'),
    );
    await expect(
      store.usagePoints.create(ctx, { code: 'x', commodity: 'gas', premiseId: 12345 }),
    ).rejects.toEqual(code('STILL_REFERRED_TO'));
    const hostile = { 'id = 1; --': 1 } as never;
    await expect(store.meters.update(ctx, made.id, hostile)).rejects.toEqual(code('BAD_VALUE'));
    expect(await store.meters.find(ctx, 'A-1')).toEqual(changed);
    expect(await store.meters.find(ctx, 'none')).toBeUndefined();
  });

  it('keeps a meter from two points and a point from two meters', async () => {
    const [m1, m2, p1, p2] = [
      await meter('I-1'),
      await meter('I-2'),
      await point('IP-1'),
      await point('IP-2'),
    ];
    await store.installations.install(ctx, { meterId: m1.id, usagePointId: p1.id, at: march });
    expect((await store.meters.get(ctx, m1.id)).state).toBe('installed');
    await expect(
      store.installations.install(ctx, { meterId: m1.id, usagePointId: p2.id, at: april }),
    ).rejects.toEqual(code('METER_BUSY'));
    await expect(
      store.installations.install(ctx, { meterId: m2.id, usagePointId: p1.id, at: april }),
    ).rejects.toEqual(code('USAGE_POINT_BUSY'));
    await store.installations.install(ctx, { meterId: m2.id, usagePointId: p1.id, at: april, role: 'check' });
    await expect(store.installations.remove(ctx, { meterId: m1.id, at: march })).rejects.toEqual(
      code('NOT_INSTALLED'),
    );
    await store.installations.remove(ctx, { meterId: m1.id, at: april });
    await store.installations.install(ctx, { meterId: m1.id, usagePointId: p2.id, at: april });
    const history = await store.installations.ofMeter(ctx, m1.id);
    expect(history.map(({ usagePointCode, validUntil }) => [usagePointCode, validUntil])).toEqual([
      ['IP-1', april],
      ['IP-2', null],
    ]);
    const gas = await store.usagePoints.create(ctx, { code: 'IP-G', commodity: 'gas' });
    const m3 = await meter('I-3');
    await expect(
      store.installations.install(ctx, { meterId: m3.id, usagePointId: gas.id, at: may }),
    ).rejects.toEqual(code('COMMODITY_MISMATCH'));
  });

  it('exchanges a meter at an instant, or not at all', async () => {
    const [old, next, place] = [await meter('X-1'), await meter('X-2'), await point('XP')];
    const register = { alias: 'total', intervalS: 0, resolution: 1000, unit: 'kWh', digits: 6 };
    const before = await store.channels.create(ctx, { ...register, meterId: old.id });
    const after = await store.channels.create(ctx, { ...register, meterId: next.id });
    await store.installations.install(ctx, { meterId: old.id, usagePointId: place.id, at: march });
    const input = { usagePointId: place.id, newMeterId: next.id, at: spring };
    const wrong = { ...input, finalReads: [{ channelId: after.id, value: 1 }] };
    await expect(store.installations.exchange(ctx, wrong)).rejects.toEqual(code('BAD_VALUE'));
    expect(await store.installations.ofUsagePoint(ctx, place.id)).toHaveLength(1);
    const done = await store.installations.exchange(ctx, {
      ...input,
      finalReads: [{ channelId: before.id, value: 99_999.9 }],
      initialReads: [{ channelId: after.id, value: 0 }],
    });
    expect(done.removed).toMatchObject({ meterId: old.id, validUntil: spring });
    expect(done.installed).toMatchObject({ meterId: next.id, validFrom: spring, validUntil: null });
    expect(done.finalReads).toEqual([{ channel: before, atMs: spring.getTime(), value: 99_999.9 }]);
    expect(done.initialReads[0]!.channel).toMatchObject({ id: after.id, quantityKeys: ['total'] });
    expect((await store.meters.get(ctx, old.id)).state).toBe('removed');
  });

  it('refuses an exchange that cannot have been', async () => {
    const [old, next, place] = [await meter('Y-1'), await meter('Y-2'), await point('YP')];
    const gas = await store.meters.create(ctx, { serial: 'Y-G', commodity: 'gas' });
    const busy = await meter('Y-B');
    const elsewhere = await point('YP-2');
    await store.installations.install(ctx, { meterId: old.id, usagePointId: place.id, at: march });
    await store.installations.install(ctx, { meterId: busy.id, usagePointId: elsewhere.id, at: march });
    const input = { usagePointId: place.id, newMeterId: next.id, at: spring };
    const before = await store.installations.ofUsagePoint(ctx, place.id);
    for (const [change, wanted] of [
      [{ at: april }, 'EXCHANGE_IN_FUTURE'],
      [{ at: march }, 'NOT_INSTALLED'],
      [{ at: new Date('2020-01-01T00:00:00Z') }, 'NOT_INSTALLED'],
      [{ newMeterId: old.id }, 'EXCHANGE_SAME_METER'],
      [{ newMeterId: gas.id }, 'COMMODITY_MISMATCH'],
      [{ newMeterId: busy.id }, 'METER_BUSY'],
      [{ newMeterId: 999_999 }, 'NOT_FOUND'],
      [{ usagePointId: 999_999 }, 'NOT_INSTALLED'],
    ] as const) {
      await expect(store.installations.exchange(ctx, { ...input, ...change }), wanted).rejects.toEqual(
        code(wanted),
      );
      expect(await store.installations.ofUsagePoint(ctx, place.id)).toEqual(before);
    }
    expect((await store.meters.get(ctx, old.id)).state).toBe('installed');
  });

  it('keeps commodity and periods right whichever way an installation comes', async () => {
    await store.usagePoints.upsertMany(ctx, [
      { code: 'K-E', commodity: 'electricity' },
      { code: 'K-E2', commodity: 'electricity' },
      { code: 'K-G', commodity: 'gas' },
    ]);
    await store.meters.upsertMany(ctx, [
      { serial: 'K-1', commodity: 'electricity' },
      { serial: 'K-2', commodity: 'electricity' },
    ]);
    const row = (serial: string, usagePointCode: string, from: string, until?: string) => ({
      ...{ serial, usagePointCode, validFrom: `${from}T00:00:00Z` },
      ...(until ? { validUntil: `${until}T00:00:00Z` } : {}),
    });
    const result = await store.installations.upsertMany(ctx, [
      row('K-1', 'K-E', '2026-01-01', '2026-02-01'),
      row('K-2', 'K-G', '2026-01-01'),
      row('K-1', 'K-E2', '2026-01-15', '2026-01-20'),
      row('K-2', 'K-E', '2026-01-31'),
      row('K-2', 'K-E', '2026-02-01'),
    ]);
    expect(result).toMatchObject({ rows: 5, created: 2, rejected: 3 });
    expect(result.errors.map(({ line, code }) => [line, code]).sort()).toEqual([
      [1, 'COMMODITY_MISMATCH'],
      [2, 'METER_BUSY'],
      [3, 'USAGE_POINT_BUSY'],
    ]);
    const k2 = (await store.meters.find(ctx, 'K-2'))!;
    await expect(store.meters.update(ctx, k2.id, { commodity: 'gas' })).rejects.toEqual(
      code('COMMODITY_MISMATCH'),
    );
    const place = (await store.usagePoints.find(ctx, 'K-E'))!;
    await expect(store.usagePoints.update(ctx, place.id, { commodity: 'water' })).rejects.toEqual(
      code('COMMODITY_MISMATCH'),
    );
    const changed = await store.meters.upsertMany(ctx, [{ serial: 'K-2', commodity: 'gas' }]);
    expect(changed.errors).toMatchObject([{ line: 0, code: 'COMMODITY_MISMATCH' }]);
  });

  it('shows a scoped caller its own usage points and nothing else', async () => {
    const [mine, other, m1, m2] = [
      await point('S-1'),
      await point('S-2'),
      await meter('SM-1'),
      await meter('SM-2'),
    ];
    await store.installations.install(ctx, { meterId: m1.id, usagePointId: mine.id, at: march });
    await store.installations.install(ctx, { meterId: m2.id, usagePointId: other.id, at: march });
    const channel = await store.channels.create(ctx, {
      meterId: m2.id,
      alias: 'import',
      intervalS: 900,
      resolution: 1000,
      unit: 'kWh',
    });
    const me = scoped(mine.id);
    expect((await store.meters.list(me)).items.map(({ serial }) => serial)).toEqual(['SM-1']);
    expect((await store.meters.counts(me)).total).toBe(1);
    expect((await store.usagePoints.list(me)).total).toBe(1);
    await expect(store.meters.get(me, m2.id)).rejects.toEqual(code('NOT_FOUND'));
    await expect(store.usagePoints.update(me, other.id, { phase: 'A' })).rejects.toEqual(code('NOT_FOUND'));
    expect(await store.search.find(me, 'SM-')).toHaveLength(1);
    expect(await store.channels.visible(me, [channel.id])).toEqual(new Set());
    expect(await store.channels.visible(ctx, [channel.id])).toEqual(new Set([channel.id]));
    await expect(store.channels.get(me, channel.id)).rejects.toEqual(code('NOT_FOUND'));
    for (const denied of [
      () => store.meters.create(me, { serial: 'no', commodity: 'gas' }),
      () => store.tokens.list(me),
      () => store.directory.version(me),
      () => store.audit.list(me),
    ]) {
      await expect((async () => denied())()).rejects.toEqual(code('OUT_OF_SCOPE'));
    }
  });

  it('shows a scoped caller nothing of where its old meter went, and lets it move nothing', async () => {
    const [mine, other, m] = [await point('MV-1'), await point('MV-2'), await meter('MV-M')];
    await store.installations.install(ctx, { meterId: m.id, usagePointId: mine.id, at: march });
    await store.installations.remove(ctx, { meterId: m.id, at: april });
    await store.installations.install(ctx, { meterId: m.id, usagePointId: other.id, at: april });
    const me = scoped(mine.id);
    const [item] = (await store.meters.list(me)).items;
    expect(item).toMatchObject({ serial: 'MV-M', usagePointCode: null, address: null, account: null });
    expect((await store.meters.list(ctx, { q: 'MV-2' })).total).toBe(1);
    expect((await store.meters.list(me, { q: 'MV-2' })).total).toBe(0);
    expect(await store.usagePoints.update(me, mine.id, { phase: 'B' })).toMatchObject({ phase: 'B' });
    for (const patch of [{ premiseId: null }, { code: 'MV-3' }]) {
      await expect(store.usagePoints.update(me, mine.id, patch)).rejects.toEqual(code('OUT_OF_SCOPE'));
    }
    await expect(store.usagePoints.update(ctx, mine.id, { zone: 'Mars/Base' })).rejects.toEqual(
      code('BAD_VALUE'),
    );
  });

  it('pages through a list without loss or repeat, in both directions', async () => {
    const rows = Array.from({ length: 57 }, (_, at) => ({
      serial: `PG-${String(at).padStart(3, '0')}`,
      commodity: 'heat',
      model: `M${at % 3}`,
    }));
    expect(await store.meters.upsertMany(ctx, rows)).toMatchObject({ rows: 57, created: 57, rejected: 0 });
    expect(await store.meters.upsertMany(ctx, rows)).toMatchObject({ created: 0, updated: 0, unchanged: 57 });
    for (const sort of ['serial', '-serial', 'model', '-model'] as const) {
      const serials: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await store.meters.list(ctx, { commodity: 'heat', sort, limit: 10, cursor });
        expect(page.total).toBe(57);
        serials.push(...page.items.map(({ serial }) => serial));
        cursor = page.next ?? undefined;
      } while (cursor !== undefined);
      expect(new Set(serials).size).toBe(57);
      expect(serials).toHaveLength(57);
    }
    await expect(store.meters.list(ctx, { cursor: 'zz' })).rejects.toEqual(code('BAD_CURSOR'));
    await expect(store.meters.list(ctx, { limit: 0 })).rejects.toEqual(code('BAD_VALUE'));
  });

  it('finds by serial, address, account and customer, wildcards taken literally', async () => {
    await store.premises.upsertMany(ctx, [
      {
        code: 'F-P',
        addressLines: ['12 Lindenallee'],
        postcode: '12345',
        locality: 'Neustadt',
        lon: 13,
        lat: 52,
      },
    ]);
    await store.usagePoints.upsertMany(ctx, [{ code: 'F-U', premiseCode: 'F-P', commodity: 'gas' }]);
    await store.meters.upsertMany(ctx, [{ serial: 'F-M_100%', commodity: 'gas', addresses: ['00:11:22'] }]);
    await store.installations.upsertMany(ctx, [
      { serial: 'F-M_100%', usagePointCode: 'F-U', validFrom: '2026-03-01T00:00:00Z' },
    ]);
    await store.customers.upsertMany(ctx, [{ code: 'F-C', name: 'Customer Seven' }]);
    await store.accounts.upsertMany(ctx, [{ number: 'F-ACC-7', customerCode: 'F-C', name: 'Household' }]);
    await store.agreements.upsertMany(ctx, [
      { code: 'F-G', accountNumber: 'F-ACC-7', usagePointCode: 'F-U', validFrom: '2026-03-01T00:00:00Z' },
    ]);
    for (const q of ['m_100%', 'lindenALLEE', '00:11:22', 'f-acc-7', 'customer seven', 'F-U']) {
      const { items, total } = await store.meters.list(ctx, { q });
      expect([q, items.map(({ serial }) => serial), total]).toEqual([q, ['F-M_100%'], 1]);
    }
    expect((await store.meters.list(ctx, { q: 'F_M' })).total).toBe(0);
    const [item] = (await store.meters.list(ctx, { q: 'm_100%' })).items;
    expect(item).toMatchObject({
      address: '12 Lindenallee, 12345 Neustadt',
      account: 'F-ACC-7',
      usagePointCode: 'F-U',
    });
    expect((await store.search.find(ctx, 'seven')).map(({ kind }) => kind)).toEqual(['customer']);
    expect((await store.search.find(ctx, 'linden'))[0]).toMatchObject({ kind: 'usage-point', title: 'F-U' });
    expect(await store.search.find(ctx, '  ')).toEqual([]);
    const detail = await store.meters.detail(ctx, item!.id);
    expect(detail).toMatchObject({
      premise: { locality: 'Neustadt' },
      customer: { code: 'F-C' },
      account: { number: 'F-ACC-7' },
      agreement: { code: 'F-G' },
      usagePoint: { code: 'F-U' },
    });
    const map = await store.map.points(ctx);
    expect(map.label).toEqual(['F-U']);
    expect(map.meterId).toEqual([item!.id]);
  });

  it('sets bad rows aside and stores the good ones; a dry run stores nothing', async () => {
    const rows = [
      { serial: 'B-1', commodity: 'gas' },
      { serial: 'B-2', commodity: 'steam' },
      { serial: 'B-1', commodity: 'gas' },
      { commodity: 'gas' },
      { serial: 'B-3', commodity: 'gas' },
    ];
    const dry = await store.meters.upsertMany(ctx, rows, { dryRun: true });
    expect(dry).toMatchObject({ rows: 5, created: 2, rejected: 3, dryRun: true });
    expect(await store.meters.find(ctx, 'B-1')).toBeUndefined();
    const wet = await store.meters.upsertMany(ctx, rows);
    expect(wet.errors.map(({ line, code: why }) => [line, why])).toEqual([
      [1, 'BAD_VALUE'],
      [2, 'ALREADY_EXISTS'],
      [3, 'BAD_VALUE'],
    ]);
    await store.usagePoints.upsertMany(ctx, [{ code: 'B-U', commodity: 'gas' }]);
    const from = '2026-03-01T00:00:00Z';
    const placed = await store.installations.upsertMany(ctx, [
      { serial: 'B-1', usagePointCode: 'B-U', validFrom: from },
      { serial: 'B-3', usagePointCode: 'B-U', validFrom: from },
      { serial: 'B-3', usagePointCode: 'nowhere', validFrom: '2026-03-02T00:00:00Z' },
    ]);
    expect(placed).toMatchObject({ created: 1, rejected: 2 });
    expect(placed.errors.map(({ code: why }) => why).sort()).toEqual(['NOT_FOUND', 'USAGE_POINT_BUSY']);
    const nodes = await store.nodes.upsertMany(ctx, [
      { code: 'T1', kind: 'transformer', parentCode: 'FD1' },
      { code: 'FD1', kind: 'feeder', parentCode: 'ST1' },
      { code: 'ST1', kind: 'station' },
      { code: 'T2', kind: 'transformer', parentCode: 'gone' },
    ]);
    expect(nodes).toMatchObject({ created: 3, rejected: 1 });
    expect((await store.nodes.find(ctx, 'T1'))?.parentId).toBe((await store.nodes.find(ctx, 'FD1'))?.id);
  });

  it('sets rows aside that only the database finds wrong, each with its line', async () => {
    await store.usagePoints.upsertMany(ctx, [{ code: 'Q-U', commodity: 'gas' }]);
    const meters = await store.meters.upsertMany(ctx, [
      { serial: 'Q-1', commodity: 'gas' },
      { serial: 'Q-2', commodity: 'gas', addresses: ['a\0b'] },
      { serial: 'Q-3', commodity: 'gas', attributes: { note: '\0' } },
      { serial: 'Q-4', commodity: 'gas' },
    ]);
    expect(meters).toMatchObject({ rows: 4, created: 2, rejected: 2 });
    expect(meters.errors.map(({ line, code: why }) => [line, why])).toEqual([
      [1, 'BAD_VALUE'],
      [2, 'BAD_VALUE'],
    ]);
    const place = { serial: 'Q-1', usagePointCode: 'Q-U' };
    const placed = await store.installations.upsertMany(ctx, [
      { ...place, validFrom: '2026-03-01T12:00:00Z', validUntil: '2026-03-02T00:00:00Z' },
      { ...place, validFrom: '2026-03-01T13:00:00+01:00' },
      { ...place, validFrom: '2026-02-30T00:00:00Z' },
      { ...place, serial: 'none', validFrom: '2026-03-05T00:00:00Z' },
    ]);
    expect(placed).toMatchObject({ rows: 4, created: 1, rejected: 3 });
    expect(placed.errors.map(({ line, code: why }) => [line, why]).sort()).toEqual([
      [1, 'ALREADY_EXISTS'],
      [2, 'BAD_VALUE'],
      [3, 'NOT_FOUND'],
    ]);
  });

  it('loads the directory and feeds its changes', async () => {
    const version = await store.directory.version(ctx);
    expect(await store.directory.changedSince(ctx, version)).toEqual({ version, meters: [], removed: [] });
    const [m, p] = [await meter('D-1'), await point('DP')];
    const made = await store.channels.create(ctx, {
      meterId: m.id,
      alias: 'import',
      obis: '1-0:1.8.0*255',
      intervalS: 900,
      resolution: 1000,
      unit: 'kWh',
    });
    const bare = await store.directory.changedSince(ctx, version);
    expect(bare.meters).toMatchObject([
      { meterId: m.id, installedFrom: 0, installedUntil: Number.POSITIVE_INFINITY },
    ]);
    await store.installations.install(ctx, { meterId: m.id, usagePointId: p.id, at: march });
    const change = await store.directory.changedSince(ctx, bare.version);
    expect(change.meters).toMatchObject([
      { serial: 'D-1', installedFrom: march.getTime() / 1000, installedUntil: Number.POSITIVE_INFINITY },
    ]);
    expect(change.meters[0]!.channels).toEqual([
      {
        id: made.id,
        quantityKeys: ['1-0:1.8.0*255'],
        readingType: '',
        obis: '1-0:1.8.0*255',
        intervalS: 900,
        resolution: 1000,
        unit: 'kWh',
      },
    ]);
    await store.installations.remove(ctx, { meterId: m.id, at: april });
    const gone = await store.directory.changedSince(ctx, change.version);
    expect(gone.meters[0]!.installedUntil).toBe(april.getTime() / 1000);
    const ids: number[] = [];
    for await (const page of store.directory.load(ctx, 7)) ids.push(...page.map(({ meterId }) => meterId));
    expect(ids).toHaveLength((await store.meters.counts(ctx)).total);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
