/** Meters in memory behind the driver interfaces, for tests of the server. */
import type {
  ActivityCalendar,
  CommandDriver,
  ImageDriver,
  ImageStatus,
  Observation,
} from '@openami/headend';
import type { MeterDrivers } from '../../src/services/commands.ts';

export interface SimMeters extends MeterDrivers {
  /** Whether the relay of a meter is closed; closed unless it was opened. */
  readonly closed: Map<number, boolean>;
  readonly executed: { readonly id: number; readonly meterId: number }[];
  readonly firmware: Map<number, string>;
  /** Calendars that were loaded, of meters. */
  readonly calendars: Map<number, ActivityCalendar>;
  /** Called with each execution before it is answered; may hold it or break it. */
  during: ((meterId: number) => Promise<void>) | undefined;
}

interface Asked {
  readonly items?: readonly unknown[];
}
interface Loaded {
  readonly calendar: ActivityCalendar;
}

const script = '0.0.10.0.100.255';
/** What every meter comes with. */
const firstCalendar: ActivityCalendar = {
  name: 'factory',
  seasons: [{ name: 'all', start: '01-01', week: 'w' }],
  weeks: [{ name: 'w', days: [1, 1, 1, 1, 1, 1, 1] }],
  days: [{ id: 1, switches: [{ at: '00:00', script, selector: 1 }] }],
};

export function simMeters(version: string): SimMeters {
  const closed = new Map<number, boolean>();
  const executed: { id: number; meterId: number }[] = [];
  const firmware = new Map<number, string>();
  const calendars = new Map<number, ActivityCalendar>();
  const images = new Map<
    number,
    { identifier: string; bytes: number; state: ImageStatus['state']; has: Set<number> }
  >();
  const blockBytes = 128;
  const driver: CommandDriver = {
    execute: async ({ id, kind, params }, { meterId }, signal) => {
      executed.push({ id, meterId });
      if (kind === 'activity-calendar') calendars.set(meterId, (params as Loaded).calendar);
      else closed.set(meterId, kind === 'connect');
      await sim.during?.(meterId);
      return signal.aborted ? 'lost' : 'ok';
    },
    readBack: async ({ kind, params }, { meterId }) => {
      const outputOn = closed.get(meterId) ?? true;
      const relay = { outputOn, control: outputOn ? 'connected' : 'disconnected', mode: 4 } as const;
      const active = calendars.get(meterId) ?? firstCalendar;
      const others: Record<string, Observation> = {
        'clock-set': { driftMs: 90_000 },
        read: { values: ((params as Asked).items ?? []).map(() => '1') },
        'activity-calendar': { active, passive: null, activateAtS: null },
      };
      return { outcome: 'ok', observation: others[kind] ?? relay };
    },
  };
  const image: ImageDriver = {
    status: async ({ meterId }) => {
      const of = images.get(meterId);
      const received = new Uint8Array(Math.ceil(Math.ceil((of?.bytes ?? 0) / blockBytes) / 8));
      for (const block of of?.has ?? []) received[block >> 3]! |= 0x80 >> (block & 7);
      return {
        ...{ state: of?.state ?? 'none', identifier: of?.identifier ?? '', imageBytes: of?.bytes ?? 0 },
        ...{ blocks: Math.ceil((of?.bytes ?? 0) / blockBytes), blockBytes, received },
        ...{ version: firmware.get(meterId) ?? '1.0' },
      };
    },
    initiate: async ({ meterId }, { identifier, bytes }) => {
      images.set(meterId, { identifier, bytes, state: 'initiated', has: new Set() });
      return 'ok';
    },
    send: async ({ meterId }, blocks) => {
      for (const { number } of blocks) images.get(meterId)!.has.add(number);
      return 'ok';
    },
    verify: async ({ meterId }) => {
      images.get(meterId)!.state = 'verified';
      return 'ok';
    },
    activate: async ({ meterId }) => {
      firmware.set(meterId, version);
      return 'ok';
    },
  };
  const sim: SimMeters = {
    ...{ closed, executed, firmware, calendars, during: undefined },
    commands: new Map([['sim', driver]]),
    images: new Map([['sim', image]]),
  };
  return sim;
}
