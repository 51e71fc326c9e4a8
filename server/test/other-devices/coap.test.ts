/** SenML over CoAP: 2.04 when it is stored, 5.03 when it is not, and nobody who is not known. */
import { createSocket, type Socket } from 'node:dgram';
import { ManualClock } from '@openami/model';
import { hexOf } from '@openami/wire';
import {
  type CoapMessage,
  coapCodes,
  coapOptions,
  decodeCoap,
  encodeCoap,
  textCoapOptions,
  uintCoapOption,
} from '@openami/wire/coap';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '../helpers/free-port.ts';
import { fixtureNow, startServer, type TestServer } from '../helpers/start-server.ts';
import { asking, energyOf, registerMeters } from './world.ts';

const nowS = Date.parse(fixtureNow) / 1_000;
const SENML_JSON = 110;
let server: TestServer;
let socket: Socket;
let id = 1;
const { ask, rejections } = asking(() => server);

beforeAll(async () => {
  const env = { OPENAMI_COAP_PORT: String(await freePort()) };
  server = await startServer({ meters: 1, clock: new ManualClock(Date.parse(fixtureNow)), env });
  await registerMeters(server, { 'C-1': ['urn:imei:1'], 'C-2': ['10.9.9.9'] });
  socket = createSocket('udp4');
}, 90_000);
afterAll(async () => {
  socket?.close();
  await server?.close();
});

/** Posts it and gives the code of the answer. */
async function post(options: CoapMessage['options'], payload: Uint8Array): Promise<number> {
  const { port } = new URL(server.running.context.coap.url);
  const token = Uint8Array.of(id >> 8, id);
  const message = { type: 'con', code: coapCodes.post, id: id++, token, options, payload } as const;
  const to = Number(port);
  const answer = new Promise<CoapMessage>((done) => {
    const listen = (bytes: Uint8Array) => {
      const came = decodeCoap(new Uint8Array(bytes));
      // one that takes longer comes by itself, after an empty confirmation
      if (came.token.length === 0 || hexOf(came.token) !== hexOf(token)) return;
      if (came.type === 'con') {
        const { id: of } = came;
        const nothing = { code: 0, token: new Uint8Array(0), options: [], payload: new Uint8Array(0) };
        socket.send(encodeCoap({ type: 'ack', id: of, ...nothing }), to, '127.0.0.1');
      }
      socket.off('message', listen);
      done(came);
    };
    socket.on('message', listen);
  });
  socket.send(encodeCoap(message), to, '127.0.0.1');
  return (await answer).code;
}

const senml = (device: string, value: number) =>
  post(
    [
      ...textCoapOptions(coapOptions.uriPath, ['senml']),
      uintCoapOption(coapOptions.contentFormat, SENML_JSON),
    ],
    new TextEncoder().encode(
      JSON.stringify([{ bn: `${device}/`, bt: nowS, bu: 'kWh', n: '1-0:1.8.0', v: value }]),
    ),
  );
const register = (endpoint: string) =>
  post(
    [
      ...textCoapOptions(coapOptions.uriPath, ['rd']),
      uintCoapOption(coapOptions.contentFormat, 40),
      ...textCoapOptions(coapOptions.uriQuery, [`ep=${endpoint}`, 'lwm2m=1.1', 'b=U']),
    ],
    new TextEncoder().encode('</1/0>,</3/0>'),
  );

it('takes what known addresses post, once it is stored', async () => {
  expect(await senml('C-1', 1)).toBe(coapCodes.unauthorized);
  await ask('POST', '/api/v1/devices/127.0.0.1/credential', { reportsFor: ['C-1'] });
  expect(await senml('C-1', 12.5)).toBe(coapCodes.changed);
  expect(await energyOf(server, 'C-1')).toEqual([[fixtureNow.replace('Z', '.000Z'), 12.5]]);
  expect(await senml('C-2', 99)).toBe(coapCodes.changed);
  expect(await energyOf(server, 'C-2')).toEqual([]);
  expect((await rejections()).map(({ code, device }) => `${code} ${device}`)).toContain(
    'DEVICE_NOT_ALLOWED C-2',
  );
  expect(await (await server.fetch('/metrics')).text()).toContain(
    'openami_value{name="coap_acknowledged"} 2',
  );
});

it('says 5.03 when nothing can be stored', async () => {
  const { store, requireWriter } = server.running.context;
  store.writer.fence(() => {
    throw new Error('no');
  });
  expect(await senml('C-1', 13)).toBe(coapCodes.unavailable);
  store.writer.fence(requireWriter);
  expect(await senml('C-1', 13)).toBe(coapCodes.changed);
  expect((await energyOf(server, 'C-1')).at(-1)![1]).toBe(13);
});

it('registers endpoints that are addresses of meters, from their own IP address, and no others', async () => {
  expect(await register('urn:imei:1')).toBe(coapCodes.created);
  expect(await register('urn:imei:2')).toBe(coapCodes.forbidden);
  expect(await register('C-2')).toBe(coapCodes.forbidden);
  // the credential of a gateway is for a secret, which CoAP does not show
  await ask('POST', '/api/v1/devices/gateway/credential', { reportsFor: ['*'] });
  expect(await register('gateway')).toBe(coapCodes.forbidden);
});
