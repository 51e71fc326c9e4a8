import { createSocket, type Socket } from 'node:dgram';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type CoapMessage,
  coapCodes,
  coapOptions,
  decodeCoap,
  encodeCoap,
  textOptions,
} from '@openami/wire/coap';
import { afterEach, describe, expect, it } from 'vitest';
import { CoapSocket } from '../../src/coap/coap-socket.ts';

const nothing = { options: [], payload: new Uint8Array(0) };
const open: (() => unknown)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

/** A server on a socket that does with each message what it is told. */
async function serverOf(
  take: (message: CoapMessage, answer: (message: CoapMessage) => void, count: number) => void,
): Promise<{ readonly port: number; readonly socket: Socket; readonly seen: CoapMessage[] }> {
  const socket = createSocket('udp4');
  const seen: CoapMessage[] = [];
  socket.on('message', (bytes, { port }) => {
    const message = decodeCoap(new Uint8Array(bytes));
    seen.push(message);
    take(message, (answer) => socket.send(encodeCoap(answer), port, '127.0.0.1'), seen.length);
  });
  await new Promise<void>((done) => socket.bind(0, '127.0.0.1', done));
  open.push(() => socket.close());
  return { port: socket.address().port, socket, seen };
}

function deviceAt(
  port: number,
  onRequest?: () => { code: number; options: []; payload: Uint8Array },
): CoapSocket {
  const target = { host: '127.0.0.1', port };
  const device = new CoapSocket({ target, ackTimeoutMs: 20, ...(onRequest ? { onRequest } : {}) }, 0xffff);
  open.push(() => device.close());
  return device;
}

describe('a CoAP socket of a device', () => {
  it('sends the same again until it is answered', async () => {
    const { port, seen } = await serverOf((message, answer, count) => {
      if (count > 2)
        answer({ ...nothing, type: 'ack', id: message.id, token: message.token, code: coapCodes.changed });
    });
    const answer = await deviceAt(port).request(coapCodes.post, ['senml'], { payload: Uint8Array.of(1, 2) });
    expect(answer.code).toBe(coapCodes.changed);
    expect(seen).toHaveLength(3);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(1);
    expect(textOptions(seen[0]!, coapOptions.uriPath)).toEqual(['senml']);
  });

  it('waits for an answer that comes by itself, and confirms it', async () => {
    const { port, seen } = await serverOf((message, answer) => {
      if (message.type !== 'con') return;
      answer({ ...nothing, type: 'ack', id: message.id, token: new Uint8Array(0), code: coapCodes.empty });
      answer({ ...nothing, type: 'con', id: 7, token: message.token, code: coapCodes.created });
    });
    expect((await deviceAt(port).request(coapCodes.post, ['rd'])).code).toBe(coapCodes.created);
    await expect.poll(() => seen.at(-1)).toMatchObject({ type: 'ack', id: 7, code: coapCodes.empty });
  });

  it('says when nobody answers', async () => {
    const { port, seen } = await serverOf(() => {});
    await expect(deviceAt(port).request(coapCodes.post, ['rd'])).rejects.toMatchObject({
      code: 'SIM_NO_ANSWER',
    });
    expect(seen).toHaveLength(5);
  });

  it('tells who waits when it is closed, also for an answer that was announced', async () => {
    const silent = await serverOf(() => {});
    const announcing = await serverOf((message, answer) => {
      answer({ ...nothing, type: 'ack', id: message.id, token: new Uint8Array(0), code: coapCodes.empty });
    });
    for (const { port, seen } of [silent, announcing]) {
      const target = { host: '127.0.0.1', port };
      const device = new CoapSocket({ target, ackTimeoutMs: 60_000 }, 1);
      const refused = expect(device.request(coapCodes.post, ['rd'])).rejects.toMatchObject({
        code: 'SIM_NO_ANSWER',
      });
      await expect.poll(() => seen.length).toBe(1);
      // it has the acknowledgement
      await sleep(20);
      await device.close();
      await refused;
    }
  });

  it('answers a request that comes twice once, and passes over what is no message', async () => {
    let asked = 0;
    let devicePort = 0;
    const server = await serverOf(() => {});
    server.socket.on('message', (_bytes, { port }) => {
      devicePort = port;
    });
    const device = deviceAt(server.port, () => {
      asked++;
      return { code: coapCodes.content, options: [], payload: Uint8Array.of(asked) };
    });
    void device.request(coapCodes.post, ['rd']).catch(() => {});
    await expect.poll(() => devicePort).toBeGreaterThan(0);
    const get = encodeCoap({ ...nothing, type: 'con', id: 99, token: Uint8Array.of(5), code: coapCodes.get });
    server.socket.send(Uint8Array.of(1), devicePort, '127.0.0.1');
    for (let i = 0; i < 2; i++) server.socket.send(get, devicePort, '127.0.0.1');
    const answers = () => server.seen.filter(({ id, type }) => id === 99 && type === 'ack');
    await expect.poll(() => answers().length).toBe(2);
    expect(answers().map(({ payload }) => payload[0])).toEqual([1, 1]);
    expect(asked).toBe(1);
  });
});
