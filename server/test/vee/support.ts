/** A server with meters whose use follows the clock, for tests of validation at work. */
import { ManualClock, Quality, ReadingBatch, systemAccess, zoneTable } from '@openami/model';
import { askerOf } from '../helpers/ask.ts';
import { startServer, type TestServer } from '../helpers/start-server.ts';

export const zone = zoneTable('Europe/Berlin');
export const intervalS = 3_600;
/** Local days: readings begin on `firstDay`; `today` is not over. */
export const today = 20_545;
export const firstDay = today - 40;

export interface Home {
  readonly meterId: number;
  readonly channel: number;
  readonly register: number;
}

export interface VeeTest {
  readonly server: TestServer;
  readonly clock: ManualClock;
  readonly homes: readonly Home[];
  /** Readings of local days [from, to) as the meter would send them, but for what `edit` makes of them. */
  send(
    home: Home,
    from: number,
    to: number,
    edit?: (value: number, slot: number, day: number) => number | null,
  ): Promise<void>;
  /** What is stored of a local day: value or null, and quality, by slot. */
  day(home: Home, day: number): Promise<{ value: number | null; quality: number; flags: number }[]>;
  /** Puts the clock to `today`: every day before it is closed. */
  open(): Promise<void>;
  /** A request below /api/v1/vee, as the administrator, and its answer. */
  call<T>(method: string, path: string, body?: unknown): Promise<{ status: number; body: T }>;
  settled(): Promise<void>;
}

/** Wh in the hour of a day that starts at local hour `hour`: a night, two peaks, a little different each day. */
export function use(home: number, day: number, hour: number): number {
  const shape = hour < 6 ? 120 : hour < 9 ? 480 : hour < 17 ? 260 : hour < 22 ? 620 : 200;
  return shape + ((home * 37 + day * 53 + hour * 29) % 41);
}

export async function startVee(homes: number, env: Readonly<Record<string, string>> = {}): Promise<VeeTest> {
  // Before the first day is over: days are closed once `open` puts the clock forward.
  const clock = new ManualClock(zone.dayStart(firstDay) * 1_000);
  const nowMs = (zone.dayStart(today) + 3 * 3_600) * 1_000;
  const server = await startServer({
    meters: 0,
    clock,
    env: { OPENAMI_CLOSE_DELAY_MINUTES: '60', OPENAMI_CLOSE_BACKLOG_DAYS: '45', ...env },
  });
  const { context } = server.running;
  const { registry, directory, store, vee } = context;
  const made: Home[] = [];
  for (let i = 0; i < homes; i++) made.push(await addHome(server, i));
  await directory.refresh();
  // a look of the service in between has seen meters without the concentrator that they got a moment later
  vee.book.forget(made.map(({ meterId }) => meterId));
  const sink = vee.sink(store.writer);
  const ask = askerOf(() => server);
  return {
    ...{ server, clock, homes: made },
    async send(home, from, to, edit = (value) => value) {
      const readings = new ReadingBatch();
      const index = made.indexOf(home);
      for (let day = from; day < to; day++) {
        const startS = zone.dayStart(day);
        const slots = (zone.dayStart(day + 1) - startS) / intervalS;
        for (let slot = 0; slot < slots; slot++) {
          const end = startS + (slot + 1) * intervalS;
          const hour = Math.floor((zone.localAt(end - intervalS) / 3_600) % 24);
          const value = edit(use(index, day, hour), slot, day);
          if (value !== null) readings.push(home.channel, end, value, 1_000, Quality.raw, 0);
        }
      }
      await sink.commit({ readings, receivedMs: Math.max(nowMs, clock.nowMs()) });
    },
    async day(home, day) {
      const span = { fromS: zone.dayStart(day), toS: zone.dayStart(day + 1) };
      const rows = await store.readings.profile(systemAccess, home.channel, span);
      const slots = Array.from({ length: (span.toS - span.fromS) / intervalS }, () => ({
        ...{ value: null as number | null, quality: 0, flags: 0 },
      }));
      for (let i = 0; i < rows.length; i++) {
        const slot = (rows.end[i]! - span.fromS) / intervalS - 1;
        const quality = rows.quality[i]!;
        const value = quality === Quality.missing ? null : rows.value[i]!;
        slots[slot] = { value, quality, flags: rows.flags[i]! };
      }
      return slots;
    },
    async open() {
      clock.setMs(nowMs + 60_000);
      await vee.settled();
    },
    settled: () => vee.settled(),
    call: (method, path, body) => ask(method, `/api/v1/vee${path}`, body),
  };

  async function addHome({ running }: TestServer, i: number): Promise<Home> {
    const serial = `V${100 + i}`;
    const point = { code: `UP-${serial}`, commodity: 'electricity', zone: 'Europe/Berlin' } as const;
    await running.context.registry.usagePoints.create(systemAccess, point);
    const meter = await registry.meters.create(systemAccess, { serial, commodity: 'electricity' });
    const channel = (alias: string, length: number, readingType: string) =>
      registry.channels.create(systemAccess, {
        ...{ meterId: meter.id, alias, readingType, unit: 'kWh', intervalS: length, resolution: 1_000 },
        quantityKeys: ['import'],
      });
    const profile = await channel('import', intervalS, '0.0.7.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0');
    const register = await channel('import register', 0, '0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0');
    const concentrator = { concentrator: i < 6 ? 'DC-1' : 'DC-2', segment: '' };
    await registry.endpoints.put(systemAccess, meter.id, {
      ...{ protocol: 'dlms', transport: 'wrapper', mode: 'inbound', host: '', port: null, ...concentrator },
      ...{ clientSap: 1, serverSap: 1, auth: 'none', security: 'none', suite: 0, systemTitle: '' },
      ...{ profile: '', physical: null, addressBytes: null, modeE: null },
      ...{ gatewayNetwork: 0, gatewayDevice: '' },
    });
    const found = await registry.usagePoints.list(systemAccess, { q: point.code });
    const installed = { meterId: meter.id, usagePointId: found.items[0]!.id, at: new Date(0) };
    await registry.installations.install(systemAccess, installed);
    return { meterId: meter.id, channel: profile.id, register: register.id };
  }
}
