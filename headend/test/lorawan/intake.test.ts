/** From events of network servers to push messages, with what is remembered of a frame and when. */
import { decodeChirpstack, type UplinkEvent } from '@openami/wire/lorawan';
import { afterAll, describe, expect, test } from 'vitest';
import type { CodecDefinition } from '../../src/lorawan/codec.ts';
import { CodecHost } from '../../src/lorawan/codec-host.ts';
import { LorawanIntake, type PayloadDecoder } from '../../src/lorawan/intake.ts';

const host = new CodecHost();
afterAll(() => host.close());

const nowMs = Date.UTC(2026, 2, 1, 12, 0, 0);
const codec: CodecDefinition = {
  ...{ id: 'acme/w', vendor: 'Acme', models: ['w'], fPorts: [2], decoder: 'script', examples: [] },
  script: `function decodeUplink(i) {
    if (i.bytes[0] === 0xff) throw new Error('broken');
    return { data: { litres: i.bytes[0], key: i.variables.site, at: i.recvTime.getTime() }, warnings: ['low battery'] };
  }`,
  mapping: { series: [{ value: 'litres', quantity: '8-0:1.0.0', unit: 'L' }] },
};

function up(fCnt: number, more: Record<string, unknown> = {}, session = '00189440'): UplinkEvent {
  const event = decodeChirpstack({
    deduplicationId: `id-${session}-${fCnt}`,
    time: new Date(nowMs).toISOString(),
    deviceInfo: { applicationId: 'a', devEui: '0102030405060708', tags: { site: 'x' } },
    devAddr: session,
    ...{ fCnt, fPort: 2, data: 'BQ==' },
    rxInfo: [{ gatewayId: '0016c001f153a14c', rssi: -60, gwTime: new Date(nowMs - 1_500).toISOString() }],
    ...more,
  });
  if (event.type !== 'up') throw new Error(event.type);
  return event;
}

const intakeOf = (
  definition: CodecDefinition | undefined = codec,
  decoders = new Map<string, PayloadDecoder>(),
) => new LorawanIntake({ runner: host, codecs: { codecOf: () => definition }, decoders });

describe('an uplink', () => {
  test('becomes a message at the time of the gateway', async () => {
    const intake = intakeOf();
    const outcome = await intake.take(up(1), nowMs);
    expect(outcome).toMatchObject({
      kind: 'message',
      time: { ms: nowMs - 1_500, source: 'gateway' },
      warnings: ['low battery'],
      message: {
        device: '0102030405060708',
        series: [{ quantity: '8-0:1.0.0', unit: 'L', intervalS: 0, length: 1 }],
      },
    });
    if (outcome.kind !== 'message') throw new Error(outcome.kind);
    expect(outcome.message.series[0]!.end[0]).toBe(Math.floor((nowMs - 1_500) / 1_000));
    expect(outcome.message.series[0]!.value[0]).toBe(5);
  });

  test('is a duplicate only once it is stored', async () => {
    const intake = intakeOf();
    const first = await intake.take(up(1), nowMs);
    expect((await intake.take(up(1), nowMs)).kind).toBe('message');
    expect(first.settle()).toEqual({ kind: 'first', fCnt: 1, missed: 0 });
    expect((await intake.take(up(1), nowMs)).kind).toBe('duplicate');
    expect((await intake.take(up(4), nowMs)).settle()).toEqual({ kind: 'next', fCnt: 4, missed: 2 });
    expect((await intake.take(up(0, {}, '00aa0000'), nowMs)).settle()).toMatchObject({ kind: 'reset' });
  });

  test('in flight together, they miss nothing', async () => {
    const intake = intakeOf();
    const taken = await Promise.all([1, 2, 3, 4].map((fCnt) => intake.take(up(fCnt), nowMs)));
    const missed = [2, 0, 3, 1].map((which) => taken[which]!.settle().missed);
    expect(missed.reduce((sum, each) => sum + each, 0)).toBe(0);
  });

  test('without content, codec or port says so', async () => {
    expect((await intakeOf().take(up(1, { fPort: 0 }), nowMs)).kind).toBe('empty');
    expect((await intakeOf().take(up(1, { data: '' }), nowMs)).kind).toBe('empty');
    expect((await intakeOf().take(up(1, { fPort: 9 }), nowMs)).kind).toBe('other-port');
    const none = new LorawanIntake({
      runner: host,
      codecs: { codecOf: () => undefined },
      decoders: new Map(),
    });
    expect((await none.take(up(1), nowMs)).kind).toBe('no-codec');
  });

  test('whose codec fails is told, and still counted', async () => {
    const intake = intakeOf();
    const outcome = await intake.take(up(1, { data: '/w==' }), nowMs);
    expect(outcome).toMatchObject({ kind: 'failed', error: { code: 'CODEC_THREW' } });
    outcome.settle();
    expect((await intake.take(up(1, { data: '/w==' }), nowMs)).kind).toBe('duplicate');
  });

  test('that was kept is read whatever its counter says', async () => {
    const intake = intakeOf();
    (await intake.take(up(5), nowMs)).settle();
    expect(await intake.read(up(5), nowMs)).toMatchObject({
      kind: 'message',
      message: { sentMs: nowMs - 1_500 },
    });
    expect((await intake.take(up(6), nowMs)).settle()).toMatchObject({ kind: 'next', missed: 0 });
  });

  test('goes to a decoder that was handed in', async () => {
    const seen: unknown[] = [];
    const mbus: PayloadDecoder = {
      decode(bytes, frame) {
        seen.push([...bytes], frame);
        return { device: '12345678', sentMs: 0, series: [], events: [], rejects: [], rejectCount: 0 };
      },
    };
    const definition = { ...codec, decoder: 'mbus', script: '', fPorts: [] };
    const outcome = await intakeOf(definition, new Map([['mbus', mbus]])).take(up(1), nowMs);
    expect(outcome).toMatchObject({ kind: 'message', message: { device: '12345678' } });
    expect(seen).toEqual([[5], { devEui: '0102030405060708', fPort: 2, fCnt: 1, frameMs: nowMs - 1_500 }]);
    expect(await intakeOf(definition).take(up(1), nowMs)).toMatchObject({
      kind: 'failed',
      error: { code: 'CODEC_INVALID' },
    });
  });

  test('that the network server decoded is mapped', async () => {
    const definition = { ...codec, decoder: 'server', script: '' };
    const outcome = await intakeOf(definition).take(up(1, { object: { litres: 7 } }), nowMs);
    if (outcome.kind !== 'message') throw new Error(outcome.kind);
    expect(outcome.message.series[0]!.value[0]).toBe(7);
    expect(await intakeOf(definition).take(up(1), nowMs)).toMatchObject({
      kind: 'failed',
      error: { code: 'CODEC_BAD_RESULT' },
    });
  });

  test('comes again when the runner is busy', async () => {
    const busy = new CodecHost({ jobs: 0 });
    const intake = new LorawanIntake({ runner: busy, codecs: { codecOf: () => codec }, decoders: new Map() });
    await expect(intake.take(up(1), nowMs)).rejects.toMatchObject({ code: 'CODEC_BUSY' });
    busy.close();
  });
});
