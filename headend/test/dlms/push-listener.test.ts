import { createSocket } from 'node:dgram';
import { createConnection, type Socket } from 'node:net';
import type { OpenAmiError } from '@openami/model';
import {
  cipherKey,
  clientAddress,
  encodeApdu,
  encodeHdlcNotification,
  encodeWrapper,
  nobleCrypto,
  protectApdu,
  serverAddress,
} from '@openami/wire/dlms';
import { afterEach, describe, expect, it } from 'vitest';
import type { ReceivedPush } from '../../src/dlms/push-intake.ts';
import {
  type PushListener,
  type PushListenerOptions,
  startPushListener,
} from '../../src/dlms/push-listener.ts';
import { keyOf, meterTitle, text } from '../helpers/dlms-meter.ts';
import { sendersOf, senderWith } from '../helpers/push-senders.ts';

const key = cipherKey(nobleCrypto, 0, keyOf(0, 1), keyOf(0, 0xa0));
const name = (...groups: number[]) => ({ type: 'octet-string', value: Uint8Array.from(groups) }) as const;

function notification(value: number): Uint8Array<ArrayBuffer> {
  return encodeApdu({
    service: 'data-notification',
    invoke: value,
    dateTime: new Uint8Array(0),
    body: {
      type: 'structure',
      elements: [
        name(0, 0, 96, 1, 0, 255),
        { type: 'octet-string', value: text('OA1000001') },
        name(1, 0, 1, 8, 0, 255),
        { type: 'double-long-unsigned', value },
      ],
    },
  });
}

const wrapped = (apdu: Uint8Array) => encodeWrapper({ source: 1, destination: 103, apdu });
const framed = (apdu: Uint8Array) =>
  Buffer.concat(
    encodeHdlcNotification({ client: clientAddress(103), server: serverAddress(1, 17) }, apdu, 40),
  );
const ciphered = (value: number) =>
  protectApdu(notification(value), key, {
    envelope: 'general-glo',
    authenticated: true,
    encrypted: true,
    systemTitle: meterTitle,
    counter: value,
  });

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function listener(options: Partial<PushListenerOptions> = {}) {
  const received: ReceivedPush[] = [];
  const refused: OpenAmiError[] = [];
  const started: PushListener = await startPushListener({
    host: '127.0.0.1',
    tcpPort: 0,
    udpPort: 0,
    clock: { nowMs: () => Date.now() },
    senders: sendersOf(meterTitle, senderWith(key)),
    sink: {
      take: (pushes) => void received.push(...pushes),
      refused: ({ error }) => void refused.push(error),
    },
    ...options,
  });
  closing.push(() => started.close());
  return { started, received, refused };
}

async function connect(port: number): Promise<Socket> {
  const socket = createConnection({ port, host: '127.0.0.1' });
  socket.on('error', () => {});
  closing.push(() => socket.destroy());
  await new Promise((resolve) => socket.once('connect', resolve));
  return socket;
}

const importOf = ({ push }: ReceivedPush) =>
  push?.readings.find(({ obis }) => obis === '1.0.1.8.0.255')?.value;

describe('pushes', () => {
  it.each([
    ['wrapper', wrapped(notification(7))],
    ['wrapper, ciphered', wrapped(ciphered(7))],
    ['HDLC in several frames', framed(notification(7))],
    ['HDLC, ciphered', framed(ciphered(7))],
  ])('come over TCP, %s, in any pieces', async (_, bytes) => {
    const { started, received } = await listener();
    const socket = await connect(started.tcpPort!);
    socket.setNoDelay(true);
    for (let at = 0; at < bytes.length; at += 13) {
      socket.write(bytes.subarray(at, at + 13));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await expect.poll(() => received.map(importOf)).toEqual([7]);
    expect(received[0]!.push?.meter).toBe('OA1000001');
  });

  it('come as datagrams', async () => {
    const { started, received, refused } = await listener();
    const socket = createSocket('udp4');
    closing.push(() => socket.close());
    socket.send(wrapped(ciphered(9)), started.udpPort!, '127.0.0.1');
    await expect.poll(() => received.map(importOf)).toEqual([9]);
    expect(received[0]!.systemTitle).toBe(Buffer.from(meterTitle).toString('hex'));
    socket.send(wrapped(ciphered(9)).subarray(0, 40), started.udpPort!, '127.0.0.1');
    await expect.poll(() => refused.length).toBeGreaterThan(0);
  });

  it('that were changed on the way are refused and told, and the next is taken', async () => {
    const { started, received, refused } = await listener();
    const changed = wrapped(ciphered(3));
    changed[changed.length - 20]! ^= 1;
    const socket = await connect(started.tcpPort!);
    socket.write(Buffer.concat([changed, wrapped(ciphered(4))]));
    await expect.poll(() => received.map(importOf)).toEqual([4]);
    expect(refused.map(({ code }) => code)).toEqual(['METER_KEY_WRONG']);
  });

  it('wait for the sink instead of filling the memory', async () => {
    let waiting = 0;
    let most = 0;
    const gates: (() => void)[] = [];
    const { started } = await listener({
      sink: {
        take: (pushes) => {
          waiting += pushes.length;
          most = Math.max(most, waiting);
          return new Promise<void>((resolve) => {
            gates.push(() => {
              waiting -= pushes.length;
              resolve();
            });
          });
        },
      },
    });
    const socket = await connect(started.tcpPort!);
    const batch = Buffer.concat(Array.from({ length: 5_000 }, (_, i) => wrapped(notification(i))));
    socket.write(batch);
    await new Promise((resolve) => setTimeout(resolve, 200));
    // one read of the socket at most
    expect(most).toBeLessThan(2_000);
    const timer = setInterval(() => {
      for (const open of gates.splice(0)) open();
    }, 1);
    // ended last: the listener waits for what it still hands on
    closing.unshift(() => clearInterval(timer));
    await expect.poll(() => started.counters.pushes, { timeout: 10_000 }).toBe(5_000);
  });
});

describe('limits', () => {
  it('close a silent connection and turn away too many', async () => {
    const { started } = await listener({ limits: { connections: 2, idleMs: 150 } });
    const [first, second] = [await connect(started.tcpPort!), await connect(started.tcpPort!)];
    const third = await connect(started.tcpPort!);
    await expect.poll(() => third.closed).toBe(true);
    expect(started.counters.turnedAway).toBe(1);
    await expect.poll(() => first.closed && second.closed).toBe(true);
    expect(started.counters.connections).toBe(0);
  });

  it('slow down an address that floods, however fast the clock of the meters runs', async () => {
    const limits = { perAddressPerS: 1, perAddressBurst: 3 };
    let nowMs = Date.now();
    const clock = {
      nowMs() {
        nowMs += 3_600_000;
        return nowMs;
      },
    };
    const { started, received } = await listener({ limits, clock });
    const socket = createSocket('udp4');
    closing.push(() => socket.close());
    for (let i = 0; i < 20; i++) socket.send(wrapped(notification(i)), started.udpPort!, '127.0.0.1');
    await expect.poll(() => started.counters.turnedAway).toBe(17);
    expect(received).toHaveLength(3);
  });

  it.each([
    ['bytes of no frame', Buffer.alloc(2 ** 20, Buffer.from('7ea0ff', 'hex'))],
    ['frames without an end', Buffer.alloc(2 ** 20, 0x68)],
    ['zeros', Buffer.alloc(2 ** 20)],
  ])('close a connection that sends %s, and not one that sends the longest APDU', async (_, noise) => {
    const { started, refused, received } = await listener();
    const socket = await connect(started.tcpPort!);
    socket.write(noise);
    await expect.poll(() => socket.closed).toBe(true);
    expect(refused.at(-1)?.code).toBe('DLMS_PUSH_USELESS');
    const long = await connect(started.tcpPort!);
    const filled = new Uint8Array(65_535);
    filled.set(notification(1));
    for (let i = 0; i < 20; i++) long.write(wrapped(filled));
    await expect.poll(() => received.length).toBe(20);
    expect(long.closed).toBe(false);
  });

  it('close a connection that sends nothing of use, and let its address in less often, not others', async () => {
    const limits = { perAddressPerS: 1, perAddressBurst: 40 };
    const { started, refused, received } = await listener({ limits });
    const flood = Buffer.alloc(2 ** 20, Buffer.from('0001000100100000', 'hex'));
    let flooded = 0;
    while (started.counters.turnedAway === 0) {
      const socket = await connect(started.tcpPort!);
      socket.write(flood);
      await expect.poll(() => socket.closed).toBe(true);
      expect(++flooded).toBeLessThan(40);
    }
    // some of its frames are told of, and that the rest was not looked at
    expect(refused.length).toBeLessThanOrEqual(9 * flooded);
    expect(refused.at(-1)?.code).toBe('DLMS_PUSH_USELESS');
    const other = createConnection({ port: started.tcpPort!, host: '127.0.0.1', localAddress: '127.0.0.2' });
    closing.push(() => other.destroy());
    other.write(wrapped(ciphered(5)));
    await expect.poll(() => received.map(importOf)).toEqual([5]);
  });

  it('hear no more of a datagram that holds nothing of use, and do not blame who is said to have sent it', async () => {
    const { started, refused, received } = await listener({
      limits: { perAddressPerS: 1, perAddressBurst: 40 },
    });
    const socket = createSocket('udp4');
    closing.push(() => socket.close());
    const flood = Buffer.alloc(8_000, Buffer.from('0001000100100000', 'hex'));
    for (let i = 1; i <= 25; i++) {
      socket.send(flood, started.udpPort!, '127.0.0.1');
      await expect.poll(() => refused.length, { interval: 5 }).toBe(9 * i);
    }
    socket.send(wrapped(ciphered(9)), started.udpPort!, '127.0.0.1');
    await expect.poll(() => received.map(importOf)).toEqual([9]);
  });

  it('are told when the port is taken', async () => {
    const { started } = await listener();
    await expect(listener({ tcpPort: started.tcpPort! })).rejects.toMatchObject({
      code: 'DLMS_LISTEN_FAILED',
    });
  });
});
