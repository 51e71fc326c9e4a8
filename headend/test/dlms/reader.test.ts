import { ManualClock } from '@openami/model';
import { describe, expect, it } from 'vitest';
import type { MeterAccesses } from '../../src/dlms/meter-access.ts';
import { BusyMeters, DlmsField, DlmsReader, dlmsFieldErrors, type ReadSession } from '../../src/index.ts';

const clock = new ManualClock(0);
const session = { meter: 7, requests: [] } as unknown as ReadSession;

function readerThat(fails: () => Error) {
  const busy = new BusyMeters();
  const warnings: unknown[] = [];
  const reader = new DlmsReader({
    // no session is begun: the meter is not found before it
    field: new DlmsField({ clock, accesses: {} as MeterAccesses }),
    ingest: { accept: () => Promise.reject(new Error('nothing was read')) },
    ...{ clock, busy, log: { warn: (data: object) => warnings.push(data) } },
    meter: () => Promise.reject(fails()),
  });
  return { reader, busy, warnings };
}

describe('the reader of DLMS meters', () => {
  it.each([
    ['a fault of ours', () => dlmsFieldErrors.DLMS_PUSH_FAULT(), { kind: 'returned', pause: true }],
    ['a fault of the meter', () => dlmsFieldErrors.DLMS_ENDPOINT(), { kind: 'meter' }],
    ['a fault of the program', () => new TypeError('not a number'), { kind: 'meter' }],
  ])('asks a meter again only after a pause when there is %s', async (_what, fails, outcome) => {
    const { reader, busy, warnings } = readerThat(fails);
    expect(await reader.read(session, new AbortController().signal)).toEqual(outcome);
    expect(warnings).toHaveLength(1);
    expect(busy.list()).toEqual([]);
  });
});
