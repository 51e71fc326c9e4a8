import type { Push } from '@openami/wire/dlms';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dlmsAlarmRegisters } from '../../src/events/dlms-alarm-table.ts';
import { mapDlmsEvent, PushEvents, tellsEvents } from '../../src/index.ts';

const alarms = '0.0.97.98.1.255';
const fraud = '0.0.96.11.1.255';

function push(obis: string, value: number, utcS?: number): Push {
  const time = utcS === undefined ? {} : { time: { iso: '', utcS, status: 0 } };
  return { readings: [{ obis, value, unit: null }], ...time };
}
const about = { device: 'M1', commodity: 'electricity', receivedS: 77, isEvent: false } as const;

describe('events of pushes', () => {
  it('are the last event of a log, once, at the time of the push', () => {
    const events = new PushEvents();
    expect(events.of({ ...about, push: push(fraud, 0) })).toEqual([]);
    const [told] = events.of({ ...about, push: push(fraud, 40, 50) });
    expect(told).toEqual({ code: '3.12.29.212', at: 50, detail: 'terminal cover removed (fraud log, 40)' });
    // the same object among the readings of the next push
    expect(events.of({ ...about, push: push(fraud, 40, 60) })).toEqual([]);
    // a notification of an event is about one
    expect(events.of({ ...about, isEvent: true, push: push(fraud, 40) })).toMatchObject([{ at: 77 }]);
    expect(events.of({ ...about, device: 'M2', push: push(fraud, 40) })).toHaveLength(1);
    expect(events.of({ ...about, commodity: 'gas', push: push(fraud, 44) })).toMatchObject([
      { code: '4.12.29.39' },
    ]);
  });

  it('are the bits of an alarm register that are new; all of them when none is', () => {
    const events = new PushEvents();
    const codes = (value: number) =>
      events.of({ ...about, push: push(alarms, value) }).map(({ code }) => code);
    expect(codes(1)).toEqual(['3.26.0.85']);
    expect(codes(3)).toEqual(['3.26.0.216']);
    // power lost again, and nobody cleared the register: a last gasp is not to be missed
    expect(codes(3)).toEqual(['3.26.0.85', '3.26.0.216']);
    expect(codes(0)).toEqual([]);
    expect(codes(0x8000_0000)).toEqual(['3.17.0.24']);
  });

  it('of an alarm are those that the log has later: the same event is not told twice', () => {
    for (const table of Object.values(dlmsAlarmRegisters)) {
      for (const [log, number] of Object.values(table)) {
        expect(mapDlmsEvent(log, number).detail).not.toContain('unknown');
      }
    }
    const [told] = new PushEvents().of({ ...about, push: push(alarms, 1) });
    const { code, detail } = mapDlmsEvent('standard', 1);
    expect(told).toEqual({ code, detail, at: 77 });
  });

  it('come of no other object, whatever it holds', () => {
    const events = new PushEvents();
    fc.assert(
      fc.property(
        fc.constantFrom('1.0.1.8.0.255', '0.0.96.10.1.255', '0.0.97.97.0.255'),
        fc.nat(),
        (obis, n) => {
          expect(tellsEvents({ obis })).toBe(false);
          expect(events.of({ ...about, push: push(obis, n) })).toEqual([]);
        },
      ),
    );
  });
});
