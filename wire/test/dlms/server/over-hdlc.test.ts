/** A session over HDLC: any information field, window, cutting of the stream and loss gives the same. */
import { OpenAmiError } from '@openami/model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  DlmsClient,
  type DlmsServer,
  type DlmsTransport,
  HdlcClient,
  type HdlcParameters,
  HdlcServer,
  type HdlcStep,
} from '../../../src/dlms/index.ts';
import { benchOf, clientOptions, LOAD_PROFILE, serverOf, text } from './meters.ts';

const sealed = { mechanism: 'hls-gmac', protection: 'auth-encrypt', suite: 0 } as const;
const client = { bytes: 1, upper: 1, lower: 0 } as const;
const server = { bytes: 4, upper: 1, lower: 17 } as const;
const buffer = { classId: 7, instance: LOAD_PROFILE, attribute: 2 };
const calendar = { classId: 20, instance: '0.0.13.0.0.255', attribute: 6 };

/** Both ends of a line whose clock only moves when all is quiet. */
class Line {
  readonly #meter: DlmsServer;
  readonly #near: HdlcClient;
  readonly #far: HdlcServer;
  readonly #chunk: number;
  readonly #lost: ReadonlySet<number>;
  #frames = 0;
  #nowMs = 0;
  #answer: Uint8Array | undefined;

  constructor(meter: DlmsServer, parameters: HdlcParameters, chunk: number, lost: ReadonlySet<number>) {
    this.#meter = meter;
    this.#near = new HdlcClient({ client, server, parameters, retries: 6 });
    this.#far = new HdlcServer({ accepts: () => true, parameters });
    this.#chunk = chunk;
    this.#lost = lost;
  }

  connect(): void {
    this.#run(this.#near.connect(this.#nowMs), () => this.#near.state === 'connected');
  }

  exchange(request: Uint8Array): Uint8Array {
    this.#answer = undefined;
    this.#run(this.#near.send(request, this.#nowMs), () => this.#answer !== undefined);
    return this.#answer!;
  }

  #run(first: HdlcStep, isDone: () => boolean): void {
    let toMeter = this.#took(first);
    while (!isDone()) {
      if (toMeter.length === 0) {
        this.#nowMs += 5_000;
        toMeter = this.#took(this.#near.tick(this.#nowMs));
        continue;
      }
      const back = toMeter.flatMap((frame) => this.#atMeter(frame));
      toMeter = back.flatMap((frame) =>
        this.#cut(frame).flatMap((part) => this.#took(this.#near.receive(part, this.#nowMs))),
      );
    }
  }

  #took({ send, events }: HdlcStep): Uint8Array[] {
    for (const event of events) {
      if (event.type === 'pdu') this.#answer = event.pdu;
      if (event.type === 'failed') throw event.error;
    }
    return [...send];
  }

  #atMeter(frame: Uint8Array): Uint8Array[] {
    const out: Uint8Array[] = [];
    for (const part of this.#cut(frame)) {
      const { send, events } = this.#far.receive(part, this.#nowMs);
      out.push(...send);
      for (const event of events) {
        if (event.type !== 'pdu') continue;
        const answer = this.#meter.handle(event.pdu, { clientSap: event.link.client.upper });
        if (answer !== undefined) out.push(...this.#far.send(event.link, answer).send);
      }
    }
    return out;
  }

  /** The frame in chunks; nothing of one that is lost. */
  #cut(frame: Uint8Array): Uint8Array[] {
    if (this.#lost.has(this.#frames++)) return [];
    const out: Uint8Array[] = [];
    for (let at = 0; at < frame.length; at += this.#chunk) out.push(frame.subarray(at, at + this.#chunk));
    return out;
  }
}

test('any segmentation gives the same', async () => {
  const direct = benchOf({ rows: 30 });
  await direct.client.associate();
  const wanted = await direct.client.get(buffer);
  const parameters = fc.record({
    transmitBytes: fc.integer({ min: 32, max: 2_030 }),
    receiveBytes: fc.integer({ min: 32, max: 2_030 }),
    transmitWindow: fc.integer({ min: 1, max: 7 }),
    receiveWindow: fc.integer({ min: 1, max: 7 }),
  });
  const lost = fc.array(fc.nat(60), { maxLength: 3 }).map((frames) => new Set(frames));
  await fc.assert(
    fc.asyncProperty(
      parameters,
      fc.integer({ min: 1, max: 300 }),
      lost,
      fc.integer({ min: 80, max: 2_000 }),
      async (made, chunk, gone, pdu) => {
        const setting = { ...sealed, rows: 30, clientPdu: pdu, serverPdu: pdu };
        const line = new Line(serverOf(setting), made, chunk, gone);
        const transport: DlmsTransport = { exchange: async (request) => line.exchange(request) };
        line.connect();
        const reader = new DlmsClient(transport, clientOptions(setting, { next: 1, lowest: 0 }));
        await reader.associate();
        expect(await reader.get(buffer)).toEqual(wanted);
        const value = { type: 'octet-string', value: text('over the line '.repeat(20)) } as const;
        await reader.set(calendar, value);
        expect(await reader.get(calendar)).toEqual(value);
        await reader.release();
      },
    ),
    { numRuns: 60 },
  );
});

test('answers changed or cut anywhere: typed errors only, and no wrong value under a tag', async () => {
  const direct = benchOf({ rows: 30 });
  await direct.client.associate();
  const wanted = await direct.client.get(buffer);
  await fc.assert(
    fc.asyncProperty(
      fc.boolean(),
      fc.nat(30),
      fc.nat(2_000),
      fc.nat(255),
      fc.boolean(),
      async (isSealed, step, at, change, isCut) => {
        const setting = { ...(isSealed ? sealed : {}), rows: 30, clientPdu: 300 };
        const meter = serverOf(setting);
        let count = 0;
        const exchange = async (request: Uint8Array): Promise<Uint8Array> => {
          const answer = meter.handle(request, { clientSap: 1 });
          if (answer === undefined) throw Object.assign(new Error('nothing'), { name: 'TimeoutError' });
          if (count++ !== step) return answer;
          const place = at % answer.length;
          return isCut
            ? answer.subarray(0, place)
            : answer.map((byte, i) => (i === place ? byte ^ change : byte));
        };
        const reader = new DlmsClient({ exchange }, clientOptions(setting, { next: 1, lowest: 0 }));
        const read = await reader
          .associate()
          .then(() => reader.get(buffer))
          .catch((error: unknown) => error);
        if (read instanceof Error) expect(read).toBeInstanceOf(OpenAmiError);
        // the AARE itself is not covered by a tag, what comes after it is
        else if (isSealed) expect(read).toEqual(wanted);
      },
    ),
    { numRuns: 500 },
  );
});
