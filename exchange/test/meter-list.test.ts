/** Join files and key lists as makers and servers give them; any bytes are rows or one of our errors. */
import { OpenAmiError } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MeterListRow, readMeterList } from '../src/meter-list.ts';

async function rowsOf(text: string | Uint8Array, cut = 50): Promise<MeterListRow[]> {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += cut) yield bytes.subarray(at, at + cut);
  }
  const rows: MeterListRow[] = [];
  for await (const row of readMeterList(chunks())) rows.push(row);
  return rows;
}

const devEui = '70b3d5499f3a0001';
const joinEui = '70b3d57ed0000001';
const key = '00112233445566778899aabbccddeeff';
const other = 'ffeeddccbbaa99887766554433221100';

describe('join files', () => {
  it.each<[string, string]>([
    [
      'a table of a maker',
      `Serial No;DevEUI;JoinEUI;AppKey\nL-1;${devEui.toUpperCase()};${joinEui};${key}\n`,
    ],
    [
      'with AppEUI and separators',
      `serial,dev_eui,app_eui,app_key\nL-1,70-B3-D5-49-9F-3A-00-01,${joinEui},${key}\n`,
    ],
    ['the serial number last', `devEui,joinEui,appKey,serial\n${devEui},${joinEui},${key},L-1\n`],
    [
      'a list in an object',
      JSON.stringify({ devices: [{ serial: 'L-1', devEUI: devEui, joinEUI: joinEui, appKey: key }] }),
    ],
    ['JSON Lines', `${JSON.stringify({ serial: 'L-1', devEui, appEui: joinEui, appKey: key })}\n`],
    [
      'a stream of end devices',
      JSON.stringify(
        {
          ids: {
            device_id: 'L-1',
            dev_eui: devEui,
            join_eui: joinEui,
            application_ids: { application_id: 'x' },
          },
          root_keys: { app_key: { key } },
          session: { keys: { app_s_key: { key: other } } },
        },
        null,
        2,
      ),
    ],
  ])('%s', async (_, text) => {
    const [row] = await rowsOf(text, 3);
    expect(row).toMatchObject({
      meter: { serial: 'L-1', addresses: [devEui], devEui, joinEui },
      fields: { serial: 'L-1', lorawan_app: key },
    });
    expect(JSON.stringify(row)).not.toContain(other);
  });

  it('keeps network and application key of 1.1 apart', async () => {
    const [row] = await rowsOf(`deveui,nwkkey,appkey\n${devEui},${key},${other}\n`);
    expect(row!.fields).toMatchObject({ serial: devEui, lorawan_nwk: key, lorawan_app: other });
    expect(row!.meter).toMatchObject({ serial: devEui, addresses: [] });
  });

  it('reads labels: alone, beside a key, and with what they contradict', async () => {
    const label = `LW:D0:${joinEui.toUpperCase()}:${devEui.toUpperCase()}:AABB1122:SL-7`;
    expect(await rowsOf(`${label}\r\n\n1KAM\nLW:D0:1:2:3\n`, 9)).toMatchObject([
      { line: 1, meter: { serial: 'L-7', devEui, joinEui, profile: 'aabb1122', addresses: [devEui] } },
      { line: 3, meter: { serial: '1KAM' } },
      { line: 4, error: { code: 'ROW_LABEL' } },
    ]);
    const [beside, wrong] = await rowsOf(
      `QR code,AppKey,DevEUI\n${label},${key},\n${label},${key},${joinEui}\n`,
    );
    expect(beside).toMatchObject({ meter: { serial: 'L-7', devEui }, fields: { lorawan_app: key } });
    expect(wrong).toMatchObject({ error: { code: 'ROW_LABEL' }, fields: {} });
  });

  it('refuses what is wrong row by row, and quotes no cell', async () => {
    const rows = await rowsOf(
      `serial,deveui,commodity,start index,installed at,appkey\n` +
        `A,123,,,,${key}\nB,,steam,,,${key}\nC,,,12 l,,${key}\nD,,,,yesterday,${key}\n,,,,,${key}\n` +
        `E,,water,"12,5",2026-03-01,${key}\n`,
    );
    const codes = ['ROW_EUI', 'ROW_COMMODITY', 'ROW_START_INDEX', 'ROW_TIME_INVALID', 'ROW_METER_MISSING'];
    expect(rows.slice(0, 5).map(({ error }) => error?.code)).toEqual(codes);
    expect(JSON.stringify(rows.slice(0, 5).map(({ error }) => error?.message))).not.toContain(key);
    expect(rows[5]!.meter).toMatchObject({ startIndex: 12.5, installedAt: '2026-03-01T00:00:00.000Z' });
    const json = await rowsOf(`{"serial":"A"}\n{"serial":"B"\n`);
    expect(json).toMatchObject([{ meter: { serial: 'A' } }, { line: 2, error: { code: 'ROW_JSON' } }]);
  });

  it('takes a time for what it says, and no day that there is not', async () => {
    const times = [
      '2026-03-01T06:30:00+01:00',
      '2026-03-01',
      '2026-02-30',
      '2026-02-30T06:30Z',
      '2026-03-01T06:30',
    ];
    const rows = await rowsOf(`serial,installed at\n${times.map((time, i) => `S${i},${time}\n`).join('')}`);
    expect(rows.map(({ meter, error }) => meter?.installedAt ?? error?.code)).toEqual([
      ...['2026-03-01T05:30:00.000Z', '2026-03-01T00:00:00.000Z'],
      ...['ROW_TIME_INVALID', 'ROW_TIME_INVALID', 'ROW_TIME_INVALID'],
    ]);
    expect(rows[2]!.error!.message).not.toContain('2026');
  });

  it('takes a large chunk after a small one', async () => {
    const text = `serial\n${Array.from({ length: 60_000 }, (_, i) => `S-${i}\n`).join('')}`;
    async function* chunks() {
      yield new TextEncoder().encode(text.slice(0, 5));
      yield new TextEncoder().encode(text.slice(5));
    }
    let count = 0;
    for await (const { meter } of readMeterList(chunks())) if (meter !== undefined) count++;
    expect(count).toBe(60_000);
  });

  it('gives any bytes as rows or as one of our errors', async () => {
    const words = ['LW:D0:', '{', '}', '[', '"', '<a>', 'serial', 'deveui', ',', '\n', key, devEui, 'é'];
    const text = fc.array(fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 4 })), {
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 40 }), async (parts, cut) => {
        try {
          for (const { error, meter } of await rowsOf(parts.join(''), cut)) {
            if (error) expect(error).toBeInstanceOf(OpenAmiError);
            else expect(meter!.serial).not.toBe('');
          }
        } catch (error) {
          expect(error).toBeInstanceOf(OpenAmiError);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('key lists of wireless M-Bus', () => {
  it('name meters as they are heard, with place, gateway and start index', async () => {
    const [row] = await rowsOf(
      `Manufacturer,Serial,AES key,Usage point,Gateway,Start index\nKAM,12345678,${key},UP-1,roof,3.2\n`,
    );
    expect(row).toMatchObject({
      meter: {
        serial: '12345678',
        addresses: ['KAM-12345678'],
        usagePoint: 'UP-1',
        gateway: 'roof',
        startIndex: 3.2,
      },
      fields: { wmbus: key },
    });
    const [named] = await rowsOf(`label,key\n8KAM0112345678,${key}\n`);
    expect(named!.meter).toMatchObject({ commodity: 'water', addresses: ['KAM-12345678'] });
  });
});
