/** SenML that is posted, and the message layer, over a UDP socket. */
import { createSocket } from 'node:dgram';
import { utf8Bytes } from '@openami/wire';
import {
  blockCoapOption,
  blockOption,
  type CoapMessage,
  type CoapOption,
  coapCodes,
  coapCodeText,
  coapOptions,
  decodeCoap,
  encodeCoap,
  textCoapOptions,
  uintCoapOption,
  uintOption,
} from '@openami/wire/coap';
import { encodeSenml, type SenmlRecord } from '@openami/wire/senml';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { CoapFrontOptions } from '../../src/index.ts';
import { nowS } from '../helpers/fixture.ts';
import { coapFront } from './front-fixture.ts';

const EMPTY = new Uint8Array(0);
const closing: { close(): unknown }[] = [];
afterEach(async () => {
  for (const part of closing.splice(0).reverse()) await part.close();
});

/** A front and a socket that sends what it is told, and keeps what comes. */
async function running(options: Partial<CoapFrontOptions> = {}) {
  const parts = await coapFront(options);
  closing.push(parts.front);
  const socket = createSocket('udp4');
  closing.push({ close: () => new Promise<void>((done) => socket.close(() => done())) });
  const came: CoapMessage[] = [];
  socket.on('message', (bytes) => came.push(decodeCoap(new Uint8Array(bytes))));
  const sendBytes = (bytes: Uint8Array) =>
    new Promise<void>((done) => socket.send(bytes, parts.port, '127.0.0.1', () => done()));
  /** Sends it, and gives the next message that comes. */
  const ask = async (message: Partial<CoapMessage>): Promise<CoapMessage> => {
    const before = came.length;
    await sendBytes(encodeCoap({ ...post, ...message }));
    await vi.waitFor(() => expect(came.length).toBeGreaterThan(before), { timeout: 2_000, interval: 5 });
    return came[before]!;
  };
  return { ...parts, came, ask, sendBytes };
}

const path = (...parts: string[]) => textCoapOptions(coapOptions.uriPath, parts);
const format = (number: number) => uintCoapOption(coapOptions.contentFormat, number);
const post: CoapMessage = {
  ...{
    type: 'con',
    code: coapCodes.post,
    id: 1,
    token: Uint8Array.of(1, 2),
    options: path('senml'),
    payload: EMPTY,
  },
};
const energy = (value: number, meter = 'OA1'): SenmlRecord => ({
  ...{ baseName: `${meter}/`, name: '1-0:1.8.0', unit: 'kWh' },
  ...{ time: { raw: nowS - 60, power: 0 }, value: { type: 'number', number: { raw: value, power: 0 } } },
});
const pack = (value: number, meter?: string) => encodeSenml('cbor', [energy(value, meter)]);
const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));
const text = ({ payload }: CoapMessage) => new TextDecoder().decode(payload);

describe('SenML', () => {
  test.each([
    ['CBOR', coapCodes.post, 112, pack(5)],
    ['JSON', coapCodes.put, 110, encodeSenml('json', [energy(5)])],
    ['CBOR without a content format', coapCodes.post, undefined, pack(5)],
  ])('%s is stored, and answered 2.04 after that', async (_, code, number, payload) => {
    const { ask, came, sink, front } = await running();
    let open: () => void = () => {};
    sink.gate = new Promise((done) => {
      open = done;
    });
    const options = [...path('senml'), ...(number === undefined ? [] : [format(number)])];
    const answer = ask({ code, options, payload });
    await pause(20);
    expect(came).toEqual([]);
    open();
    expect(await answer).toMatchObject({
      type: 'ack',
      code: coapCodes.changed,
      id: 1,
      token: Uint8Array.of(1, 2),
    });
    expect(sink.rows()).toEqual([[3, nowS - 60, 5_000, expect.anything()]]);
    expect(sink.frames).toHaveLength(1);
    expect(front.counters).toMatchObject({ acknowledged: 1, unacknowledged: 0 });
  });

  test('what is not stored is answered 5.03, with when to try again', async () => {
    const { ask, sink, front } = await running();
    sink.fail = new Error('the disk is full');
    const answer = await ask({ payload: pack(5) });
    expect(coapCodeText(answer.code)).toBe('5.03');
    expect(uintOption(answer, coapOptions.maxAge)).toBe(30);
    expect(front.counters).toMatchObject({ acknowledged: 0, unacknowledged: 1 });
    sink.fail = undefined;
    expect((await ask({ payload: pack(5), id: 2 })).code).toBe(coapCodes.changed);
  });

  test('what cannot be read is refused and kept with its reason', async () => {
    const { ask, sink } = await running();
    const answer = await ask({ payload: utf8Bytes('[{"n":"a"}]') });
    expect([coapCodeText(answer.code), text(answer)]).toEqual(['4.00', 'SENML_NO_VALUE']);
    expect(sink.rejections).toMatchObject([{ device: 'OA1', code: 'SENML_NO_VALUE' }]);
    expect(sink.frames).toHaveLength(1);
    expect(coapCodeText((await ask({ id: 2, options: [...path('senml'), format(50)] })).code)).toBe('4.15');
  });

  test('a device reports for itself, a gateway for others; nobody knows the rest', async () => {
    const { ask, sink } = await running({
      identify: async () => ({ name: 'OA9', reportsFor: ['OA1'] }),
    });
    expect((await ask({ payload: pack(5, 'OA1') })).code).toBe(coapCodes.changed);
    expect((await ask({ payload: pack(5, 'OA2'), id: 2 })).code).toBe(coapCodes.changed);
    expect(sink.rows()).toHaveLength(1);
    expect(sink.rejections).toMatchObject([{ device: 'OA2', code: 'DEVICE_NOT_ALLOWED' }]);
    const other = await running({ identify: async () => undefined, limits: { identifyFailures: 2 } });
    const codes: string[] = [];
    for (let id = 1; id < 5; id++) codes.push(coapCodeText((await other.ask({ payload: pack(5), id })).code));
    expect(codes).toEqual(['4.01', '4.01', '5.03', '5.03']);
    expect(other.front.counters.denied).toBe(4);
    expect(other.sink.rows()).toEqual([]);
    const failing = await running({ identify: async () => Promise.reject(new Error('no database')) });
    expect(coapCodeText((await failing.ask({ payload: pack(5) })).code)).toBe('5.03');
  });

  test('a body in blocks is taken with its last one', async () => {
    const { ask, sink, front } = await running({ limits: { bodyBytes: 5_000 } });
    const records = Array.from({ length: 60 }, (_, i) => ({
      ...energy(i),
      time: { raw: nowS - 3_600 + i, power: 0 },
    }));
    const body = encodeSenml('cbor', records);
    const blocks = Math.ceil(body.length / 512);
    for (let number = 0; number < blocks; number++) {
      const block = { number, more: number < blocks - 1, size: 512 };
      const options = [...path('senml'), format(112), blockCoapOption(coapOptions.block1, block)];
      const payload = body.subarray(number * 512, (number + 1) * 512);
      const answer = await ask({ id: number + 1, options, payload });
      expect(coapCodeText(answer.code)).toBe(block.more ? '2.31' : '2.04');
      expect(blockOption(answer, coapOptions.block1)).toEqual(block);
      expect(sink.rows()).toHaveLength(block.more ? 0 : 60);
    }
    const late = [
      ...path('senml'),
      blockCoapOption(coapOptions.block1, { number: 3, more: true, size: 512 }),
    ];
    expect(coapCodeText((await ask({ id: 90, options: late, payload: new Uint8Array(512) })).code)).toBe(
      '4.08',
    );
    for (let number = 0; number < 5; number++) {
      const block = blockCoapOption(coapOptions.block1, { number, more: true, size: 1_024 });
      const answer = await ask({
        id: 100 + number,
        options: [...path('senml'), block],
        payload: new Uint8Array(1_024),
      });
      expect(coapCodeText(answer.code)).toBe(number < 4 ? '2.31' : '4.13');
    }
    expect(front.counters.acknowledged).toBe(1);
  });
});

describe('messages', () => {
  test('a repeat is answered as before and not taken again; the same id with other content is', async () => {
    const { ask, sink, front } = await running();
    const first = await ask({ payload: pack(5) });
    expect(await ask({ payload: pack(5) })).toEqual(first);
    expect(front.counters).toMatchObject({ requests: 1, duplicates: 1 });
    expect(sink.commits).toBe(1);
    // a device that restarted counts from the start again
    const records = [{ ...energy(6), time: { raw: nowS - 30, power: 0 } }];
    expect((await ask({ payload: encodeSenml('cbor', records) })).code).toBe(coapCodes.changed);
    expect(sink.rows()).toHaveLength(2);
  });

  test('an answer that takes long is confirmed first and sent by itself until it is confirmed', async () => {
    const { ask, came, sendBytes, sink } = await running();
    let open: () => void = () => {};
    sink.gate = new Promise((done) => {
      open = done;
    });
    expect(await ask({ payload: pack(5) })).toMatchObject({ type: 'ack', code: coapCodes.empty, id: 1 });
    expect(await ask({ payload: pack(5) })).toMatchObject({ type: 'ack', code: coapCodes.empty, id: 1 });
    open();
    await vi.waitFor(() => expect(came.length).toBeGreaterThan(3));
    const [answer, again] = came.slice(2);
    expect(answer).toMatchObject({ type: 'con', code: coapCodes.changed, token: post.token });
    expect(again).toEqual(answer);
    await sendBytes(
      encodeCoap({
        ...answer!,
        type: 'ack',
        code: coapCodes.empty,
        token: EMPTY,
        options: [],
        payload: EMPTY,
      }),
    );
    await pause(30);
    const { length } = came;
    await pause(400);
    expect(came).toHaveLength(length);
    expect(sink.commits).toBe(1);
  });

  test('a message that need not be confirmed is answered alike, and not twice', async () => {
    const { ask, came, sendBytes } = await running();
    expect(await ask({ type: 'non', payload: pack(5) })).toMatchObject({
      type: 'non',
      code: coapCodes.changed,
    });
    await sendBytes(encodeCoap({ ...post, type: 'non', payload: pack(5) }));
    await pause(40);
    expect(came).toHaveLength(1);
  });

  test.each<[string, Partial<CoapMessage>, string]>([
    ['another path', { options: path('other') }, '4.04'],
    ['another method', { code: coapCodes.get }, '4.05'],
    [
      'an option that must be understood',
      { options: [...path('senml'), { number: 9, value: EMPTY }] },
      '4.02',
    ],
    [
      'one that need not be',
      { options: [...path('senml'), { number: 258, value: EMPTY }], payload: pack(1) },
      '2.04',
    ],
    ['a proxy', { options: [{ number: coapOptions.proxyUri, value: utf8Bytes('coap://x') }] }, '5.05'],
    [
      'a path that is no text',
      { options: [{ number: coapOptions.uriPath, value: Uint8Array.of(0xff) }] },
      '4.00',
    ],
    [
      'a block that cannot be',
      { options: [...path('senml'), { number: 27, value: Uint8Array.of(7) }] },
      '4.00',
    ],
    ['a registration without a name', { options: path('rd') }, '4.00'],
    ['a location that is none', { options: path('rd', 'x') }, '4.04'],
    ['a send of nobody', { options: [...path('dp'), format(112)], payload: pack(1) }, '4.04'],
  ])('%s', async (_, message, expected) => {
    const { ask } = await running();
    expect(coapCodeText((await ask(message)).code)).toBe(expected);
  });

  test('what is here, in blocks where they are asked for', async () => {
    const { ask } = await running({ senmlPath: '/report' });
    const well: CoapOption[] = path('.well-known', 'core');
    const whole = text(await ask({ code: coapCodes.get, options: well }));
    expect(whole).toBe('</rd>;rt="core.rd",</report>;ct="110 112"');
    let read = '';
    for (let number = 0; read.length < whole.length; number++) {
      const block = blockCoapOption(coapOptions.block2, { number, more: false, size: 16 });
      const answer = await ask({ code: coapCodes.get, options: [...well, block], id: 10 + number });
      read += text(answer);
      expect(blockOption(answer, coapOptions.block2)).toEqual({
        number,
        more: read.length < whole.length,
        size: 16,
      });
    }
    expect(read).toBe(whole);
  });

  test('a ping is answered; noise is not, unless it wants to be confirmed', async () => {
    const { ask, came, sendBytes, front } = await running();
    const empty = { ...post, code: coapCodes.empty, token: EMPTY, options: [], payload: EMPTY };
    expect(await ask(empty)).toMatchObject({ type: 'rst', id: 1 });
    await sendBytes(Uint8Array.of(0x40, 0x01, 0x12, 0x34, 0x5f));
    await vi.waitFor(() => expect(came).toHaveLength(2));
    expect(came[1]).toMatchObject({ type: 'rst', id: 0x1234 });
    for (const noise of [EMPTY, Uint8Array.of(1), Uint8Array.of(0x50, 1, 0, 0, 0x5f), new Uint8Array(5_000)])
      await sendBytes(noise);
    await sendBytes(encodeCoap({ ...post, type: 'con', code: coapCodes.content, id: 77 }));
    await vi.waitFor(() => expect(came).toHaveLength(3));
    expect(came[2]).toMatchObject({ type: 'rst', id: 77 });
    expect(front.counters.malformed).toBe(5);
  });

  test('an address has a rate, and only so many requests under way', async () => {
    const slow = await running({ limits: { datagramsPerS: 1, datagramBurst: 5 } });
    for (let id = 0; id < 20; id++) await slow.sendBytes(encodeCoap({ ...post, id, payload: pack(id) }));
    await vi.waitFor(() => expect(slow.front.counters.datagrams).toBe(20));
    expect(slow.front.counters.datagramsDropped).toBe(15);
    const busy = await running({ limits: { underWayPerAddress: 2 } });
    let open: () => void = () => {};
    busy.sink.gate = new Promise((done) => {
      open = done;
    });
    for (let id = 1; id < 5; id++) await busy.sendBytes(encodeCoap({ ...post, id, payload: pack(id) }));
    await vi.waitFor(() =>
      expect(busy.came.filter(({ code }) => coapCodeText(code) === '5.03')).toHaveLength(2),
    );
    expect(busy.front.counters.busy).toBe(2);
    open();
  });
});

test('closing waits for what is under way, and answers it', async () => {
  const { ask, front, sink } = await running({ limits: { piggybackMs: 5_000 } });
  let open: () => void = () => {};
  sink.gate = new Promise((done) => {
    open = done;
  });
  const answer = ask({ payload: pack(5) });
  await vi.waitFor(() => expect(sink.commits).toBe(1));
  const closed = front.close();
  open();
  expect((await answer).code).toBe(coapCodes.changed);
  await closed;
  await expect(front.read('OA1', '/3/0')).rejects.toMatchObject({ code: 'COAP_CLOSED' });
});

test('a port that is taken is said to be', async () => {
  const { port } = await running();
  await expect(coapFront({ port })).rejects.toMatchObject({ code: 'COAP_LISTEN_FAILED' });
});
