/** Meters that depart from the standard, and meters that misbehave: read over sockets, stored, or left in time. */

import { Quality, systemAccess } from '@openami/model';
import { householdMeter, loadProfile } from '@openami/sim';
import type { MeterDescription, ServerQuirks } from '@openami/wire/dlms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Field } from './field.ts';

const usual = householdMeter('hls-gmac');

/** The household meter with quirks, and with the captures and the order of its load profile as given. */
function meterWith(quirks: ServerQuirks, change: Partial<MeterDescription['objects'][number]> = {}) {
  return {
    ...usual,
    quirks,
    objects: usual.objects.map((one) =>
      one.instance === loadProfile && one.class === 7
        ? { ...one, ...change, values: { ...one.values, ...change.values } }
        : one,
    ),
  };
}

const captures = usual.objects.find(({ instance }) => instance === loadProfile)!.captures!;
/** The clock, which rows are chosen by, comes last. */
const clockLast = { captures: [...captures.slice(1), captures[0]!] };

const quirky: readonly { name: string; profile: string; description: MeterDescription }[] = [
  {
    name: 'gives rows by number only',
    profile: 'entries-only',
    description: meterWith({ isEntriesOnly: true }),
  },
  {
    name: 'gives rows by number only, the newest first',
    profile: 'entries-only newest-first',
    description: meterWith({ isEntriesOnly: true }, { values: { 5: { enum: 2 } } }),
  },
  { name: 'has the clock in the last column', profile: '', description: meterWith({}, clockLast) },
  { name: 'takes no lists', profile: 'no-lists', description: meterWith({ refusesLists: true }) },
  {
    name: 'turns the sign of the deviation',
    profile: 'negated-deviation',
    description: meterWith({ deviation: 'negated' }),
  },
  {
    name: 'says it takes more than it does',
    profile: 'small-requests',
    description: meterWith({ takesBytes: 130 }),
  },
  {
    name: 'has all of it at once',
    profile: 'entries-only no-lists negated-deviation small-requests',
    description: meterWith(
      { isEntriesOnly: true, refusesLists: true, deviation: 'negated', takesBytes: 130 },
      clockLast,
    ),
  },
];

/** What misbehaves, after the quirky ones. */
const stubborn = [
  ...(['stops in the middle', 'drips', 'never ends', 'is a good one beside them'] as const),
  ...(['gives nothing to this client', 'gives no daily values to this client'] as const),
] as const;
const stubbornAt = (name: (typeof stubborn)[number]) => quirky.length + stubborn.indexOf(name);

/** The household meter that refuses the rows of those profiles. */
function meterThatRefuses(refuses: (instance: string) => boolean): MeterDescription {
  const rights = { read: { 2: '-' }, manage: { 2: '-' } } as const;
  return {
    ...usual,
    objects: usual.objects.map((one) =>
      one.class === 7 && refuses(one.instance) ? { ...one, rights } : one,
    ),
  };
}

let field: Field;
afterAll(() => field?.close());

const meterOf = (i: number) => field.fleet.meters[i]!.identity.serial;
const lastSession = (i: number) => field.context.dlms.field.book.of(field.idOf(meterOf(i)))[0]!;

describe('unusual meters over sockets', () => {
  beforeAll(async () => {
    const { planDlmsFleet } = await import('@openami/sim');
    const { world, alive } = await import('./field.ts');
    const plans = alive(planDlmsFleet(world));
    field = new Field(quirky.length + stubborn.length, {
      segments: [{ name: 'good' }, { name: 'drip', byteMs: 1_000, down: [] }],
      faults: [
        {
          meter: plans[stubbornAt('stops in the middle')]!.serial,
          fault: { kind: 'silent', afterApdus: 6, times: 1 },
        },
      ],
      plans: (all) =>
        all.map((plan, i) => {
          const segment = i === stubbornAt('drips') ? 'drip' : 'good';
          if (i < quirky.length) return { ...plan, segment, description: quirky[i]!.description };
          if (i === stubbornAt('gives nothing to this client'))
            return { ...plan, segment, description: meterThatRefuses(() => true) };
          if (i === stubbornAt('gives no daily values to this client'))
            return { ...plan, segment, description: meterThatRefuses((name) => name === '1.0.99.2.0.255') };
          if (i !== stubbornAt('never ends')) return { ...plan, segment };
          const endless = { ...meterWith({ endsNoTransfer: true }), maxPduBytes: 1_024 };
          return { ...plan, segment, description: endless };
        }),
      endpoints: (i) => (i < quirky.length ? { profile: quirky[i]!.profile } : {}),
      server: { linkLimits: { quietMs: 1_500, answerMs: 3_000 } },
    });
    await field.open();
    await field.settle();
  }, 180_000);

  it.each(quirky.map(({ name }, i) => [name, i] as const))('reads one that %s', async (_name, i) => {
    const { stored, had } = await field.rows(meterOf(i));
    expect(lastSession(i)).toMatchObject({ ok: true });
    expect(stored).toBeGreaterThan(100);
    expect(had - stored).toBeLessThanOrEqual(1);
    // the values are those of the meter, at the times of the meter
    expect(await field.differences(meterOf(i))).toEqual([]);
  });

  it('asks one that says it takes more than it does in requests that it takes', async () => {
    const i = quirky.findIndex(({ profile }) => profile === 'small-requests');
    const { registry, dlms } = field.context;
    const endpoint = (await registry.endpoints.get(systemAccess, field.idOf(meterOf(i))))!;
    const meter = { meterId: endpoint.meterId, serial: meterOf(i), endpoint };
    const items = Array.from({ length: 12 }, () => ({
      attribute: { classId: 3, instance: '1.0.1.8.0.255', attribute: 2 },
    }));
    const read = (profile: string) =>
      dlms.field.run({ ...meter, endpoint: { ...endpoint, profile } }, 'command', ({ client }) =>
        client.getMany(items),
      );
    expect(await read('small-requests')).toMatchObject({ ok: true });
    expect(await read('')).toMatchObject({ ok: false, error: { code: 'DLMS_TIMEOUT' } });
  });

  it('leaves one that stops in the middle, one that drips and one that never ends, in bounded time', async () => {
    const of = (name: (typeof stubborn)[number]) => lastSession(stubbornAt(name));
    expect(of('stops in the middle')).toMatchObject({
      ...{ ok: false, stage: 'work', error: { code: 'DLMS_TIMEOUT' } },
    });
    expect(of('drips')).toMatchObject({ ok: false, stage: 'associate', error: { code: 'DLMS_TIMEOUT' } });
    // a kilobyte a block: what it may cost in memory is the limit of one answer
    expect(of('never ends')).toMatchObject({ ok: false, stage: 'work', error: { code: 'DLMS_LIMIT' } });
    expect(of('never ends').bytesReceived).toBeLessThan(40 << 20);
    for (const name of ['stops in the middle', 'drips', 'never ends'] as const) {
      expect(of(name).durationMs, name).toBeLessThan(60_000);
    }
    expect(of('is a good one beside them')).toMatchObject({ ok: true });
    // no connection is left behind
    await expect.poll(() => field.fleet.stats.connections, { timeout: 10_000 }).toBe(0);
  });

  it('takes a refusal of everything for no word about what a meter has, and one of a part for its word', async () => {
    const { directory, store } = field.context;
    const stored = async (i: number, obis: string, intervalS: number) => {
      const { channel } = directory.memory.find(meterOf(i), obis, intervalS)!;
      const span = { fromS: 0, toS: field.clock.nowMs() / 1_000 };
      return new Set((await store.readings.profile(systemAccess, channel.id, span)).quality);
    };
    const [nothing, part] = [
      stubbornAt('gives nothing to this client'),
      stubbornAt('gives no daily values to this client'),
    ];
    expect(lastSession(nothing)).toMatchObject({ ok: false, error: { code: 'DLMS_ACCESS_DENIED' } });
    expect([...(await stored(nothing, '1-0:1.29.0*255', 900))]).toEqual([]);
    expect([...(await stored(nothing, '1-0:1.8.0*255', 0))]).toEqual([]);
    expect(lastSession(part)).toMatchObject({ ok: true });
    expect([...(await stored(part, '1-0:1.29.0*255', 900))]).not.toEqual([]);
    expect([...(await stored(part, '1-0:1.8.0*255', 0))]).toEqual([Quality.missing]);
  });

  it('tries them again later, and reads the one that has come round', async () => {
    const i = stubbornAt('stops in the middle');
    const before = lastSession(i).id;
    field.clock.advanceMs(2 * 60_000);
    void field.context.collection.plan();
    await expect.poll(() => lastSession(i), { timeout: 30_000 }).toMatchObject({ ok: true });
    expect(lastSession(i).id).toBeGreaterThan(before);
    const { stored, had } = await field.rows(meterOf(i));
    expect(had - stored).toBeLessThanOrEqual(1);
  }, 120_000);
});
