import { Readable } from 'node:stream';
import { createGunzip, gzipSync } from 'node:zlib';
import { encodePush } from '@openami/wire';
import { describe, expect, test } from 'vitest';
import { ingestErrors } from '../../src/index.ts';
import { bytes, fixture, nowS } from '../helpers/fixture.ts';

const quarter = nowS - (nowS % 900);
const body = (n: number) => ({
  meter: 'OA1',
  series: [{ quantity: '1.8.0', unit: 'kWh', interval: 900, first: quarter - 900 * (n % 2000), values: [n] }],
});
const bodies = (count: number) => Array.from({ length: count }, (_, n) => body(n));
const badSeries = (count: number) => ({ ...body(0).series[0], values: new Array(count).fill(-1) });
const ndjson = (count: number) =>
  bytes(
    bodies(count)
      .map((one) => JSON.stringify(one))
      .join('\n'),
  );

async function* chunks(of: Uint8Array, size = 1_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < of.length; at += size) yield of.subarray(at, at + size);
}

describe('a streamed body', () => {
  test.each([
    ['application/x-ndjson', () => ndjson(500)],
    ['application/json', () => bytes(JSON.stringify(bodies(500)))],
    ['application/cbor', () => encodePush('cbor', bodies(500))],
    ['application/octet-stream', () => encodePush('cbor', bodies(500))],
  ])('%s', async (contentType, make) => {
    const { ingest, sink } = fixture();
    const receipt = await ingest.acceptStream('http', contentType, chunks(make()));
    expect(receipt).toMatchObject({ messages: 500, accepted: 500, rejectedTotal: 0 });
    expect(sink.rows().map((row) => row[2] / 1000)).toEqual(Array.from({ length: 500 }, (_, i) => i));
    expect(sink.frames).toHaveLength(500);
  });

  test('tells of rejections that a decoder only counted, also while there is room for more', async () => {
    const { ingest, sink } = fixture({ keptRejections: 5_000 });
    const values = new Array(1_200).fill('x');
    const message = { ...body(0), series: [{ ...body(0).series[0], values }] };
    const sent = chunks(bytes(JSON.stringify(message)));
    const receipt = await ingest.acceptStream('http', 'application/json', sent);
    expect(receipt).toMatchObject({ rejectedTotal: 1_200, rejectedCut: 200 });
    expect(sink.rejections.at(-1)).toMatchObject({ code: 'REJECTIONS_CUT', value: '200' });
  });

  test('is read a bounded number of parts ahead of what is stored', async () => {
    const { ingest, sink } = fixture({ bodyParts: 4 });
    let open!: () => void;
    sink.gate = new Promise((done) => {
      open = done;
    });
    let read = 0;
    async function* counted() {
      for await (const chunk of chunks(ndjson(2_000))) {
        read += 1;
        yield chunk;
      }
    }
    let answered = false;
    const receipt = ingest.acceptStream('http', 'application/x-ndjson', counted()).finally(() => {
      answered = true;
    });
    await new Promise((done) => setTimeout(done, 50));
    expect(read).toBe(4);
    expect(answered).toBe(false);
    open();
    expect((await receipt).accepted).toBe(2_000);
    expect(sink.readings.length).toBe(2_000);
  });

  test('of which a part could not be stored is not acknowledged, and the others are counted', async () => {
    const { ingest, sink } = fixture({ bodyParts: 8 });
    const commit = sink.commit.bind(sink);
    let commits = 0;
    sink.commit = async (work) => {
      commits += 1;
      if (commits === 2) throw ingestErrors.INGEST_BUSY('disk');
      await commit(work);
    };
    async function* slowly() {
      for await (const chunk of chunks(ndjson(40))) {
        yield chunk;
        await new Promise((done) => setTimeout(done, 5));
      }
    }
    const failure = await ingest.acceptStream('http', 'application/x-ndjson', slowly()).then(
      () => undefined,
      (error: { code: string; data: { receipt: { accepted: number } } }) => error,
    );
    expect(failure?.code).toBe('INGEST_BUSY');
    expect(failure?.data.receipt.accepted).toBe(sink.readings.length);
    expect(sink.readings.length).toBeGreaterThan(0);
    expect(ingest.metrics.accepted).toBe(sink.readings.length);
  });

  test.each([
    ['a body of bad messages', (n: number) => '1\n'.repeat(n)],
    ['one message of bad values', (n: number) => JSON.stringify({ ...body(0), series: [badSeries(n)] })],
  ])('%s keeps the first rejections and counts the rest; good ones are all kept', async (_name, bad) => {
    const limits = { keptRejections: 50, receiptRejections: 10, emptyFrames: 20 };
    const good = bodies(300).map((one) => JSON.stringify(one));
    const text = `${good.slice(0, 100).join('\n')}\n${bad(100_000)}\n${good.slice(100).join('\n')}`;
    for (const streamed of [true, false]) {
      const { ingest, sink } = fixture(limits);
      const receipt = streamed
        ? await ingest.acceptStream('http', 'application/x-ndjson', chunks(bytes(text), 65_536))
        : await ingest.accept({ source: 'http', payload: bytes(text) });
      expect(receipt).toMatchObject({ accepted: 300, rejectedTotal: 100_000, rejectedCut: 99_950 });
      expect(receipt.rejected).toHaveLength(10);
      expect(sink.readings.length).toBe(300);
      expect(sink.rejections).toHaveLength(51);
      expect(sink.rejections.at(-1)).toMatchObject({ code: 'REJECTIONS_CUT', value: '99950' });
      expect(sink.rejections.at(-1)!.detail).toMatch(/^99950 more were refused: /);
      expect(sink.frames.length).toBeLessThanOrEqual(321);
      expect(ingest.metrics).toMatchObject({ rejected: 100_000, rejectedCut: 99_950 });
    }
  });

  test('of more messages than a body may have: the first are kept, the rest is one typed error', async () => {
    for (const streamed of [true, false]) {
      const { ingest, sink } = fixture({ bodyMessages: 100 });
      const payload = ndjson(250);
      const receipt = streamed
        ? await ingest.acceptStream('http', 'application/x-ndjson', chunks(payload)).catch((error) => {
            expect(error).toMatchObject({ code: 'PUSH_TOO_MANY', status: 413 });
            return error.data.receipt;
          })
        : await ingest.accept({ source: 'mqtt', device: 'OA1', payload });
      expect(receipt).toMatchObject({
        accepted: 100,
        rejectedTotal: 1,
        rejected: [{ code: 'PUSH_TOO_MANY' }],
      });
      expect(sink.readings.length).toBe(100);
    }
  });

  test.each([
    ['nothing but blanks', ' \n\t', 'PUSH_EMPTY'],
    ['an array of commas', '[,,]', 'PUSH_EMPTY'],
    ['an empty array', '[]', undefined],
  ])('%s', async (_name, text, code) => {
    const { ingest } = fixture();
    const receipt = await ingest.acceptStream('http', 'application/json', chunks(bytes(text)));
    expect(receipt.rejected[0]?.code).toBe(code);
  });

  test('of a hundred thousand messages lets others have their turn', async () => {
    const { ingest } = fixture();
    let turns = 0;
    let next = setImmediate(function turn() {
      turns++;
      next = setImmediate(turn);
    });
    const receipt = await ingest.accept({ source: 'mqtt', payload: bytes('{}\n'.repeat(100_000)) });
    clearImmediate(next);
    expect(receipt.rejectedTotal).toBe(100_000);
    expect(turns).toBeGreaterThan(20);
  });

  test('a broken line is one rejection', async () => {
    const { ingest } = fixture();
    const lines = [JSON.stringify(body(1)), 'oops', JSON.stringify(body(2))].join('\n');
    const receipt = await ingest.acceptStream('http', 'application/x-ndjson', chunks(bytes(lines), 7));
    expect(receipt).toMatchObject({ messages: 3, accepted: 2, rejected: [{ code: 'PUSH_NOT_JSON' }] });
  });

  test('an empty body is a rejection', async () => {
    const { ingest } = fixture();
    const receipt = await ingest.acceptStream('http', 'application/json', chunks(new Uint8Array(0)));
    expect(receipt).toMatchObject({ accepted: 0, rejected: [{ code: 'PUSH_EMPTY' }] });
  });
});

describe('a bad body is a typed error that tells what was stored', () => {
  test('larger than the limit', async () => {
    const { ingest } = fixture({ bodyBytes: 10_000 });
    const receipt = ingest.acceptStream('http', 'application/x-ndjson', chunks(ndjson(500)));
    await expect(receipt).rejects.toMatchObject({ code: 'BODY_TOO_LARGE', status: 413 });
  });

  test('truncated', async () => {
    const { ingest, sink } = fixture();
    const cut = bytes(JSON.stringify(bodies(10))).subarray(0, -30);
    await expect(ingest.acceptStream('http', 'application/json', chunks(cut))).rejects.toMatchObject({
      code: 'PUSH_TRUNCATED',
      data: { receipt: { accepted: 9 } },
    });
    expect(sink.readings.length).toBe(9);
  });

  test('truncated gzip', async () => {
    const { ingest } = fixture();
    const cut = gzipSync(ndjson(500)).subarray(0, -20);
    const stream = Readable.from([cut]).pipe(createGunzip());
    await expect(ingest.acceptStream('http', 'application/x-ndjson', stream)).rejects.toMatchObject({
      code: 'BODY_BROKEN',
    });
  });

  test('that never ends', async () => {
    const { ingest, sink } = fixture({ bodyIdleMs: 50 });
    async function* endless() {
      yield ndjson(2);
      await new Promise(() => undefined);
    }
    await expect(ingest.acceptStream('http', 'application/x-ndjson', endless())).rejects.toMatchObject({
      code: 'BODY_TIMEOUT',
      data: { receipt: { accepted: 1 } },
    });
    expect(sink.readings.length).toBe(1);
  });

  test('that comes a byte at a time', async () => {
    const { ingest, sink } = fixture({ bodyIdleMs: 1_000, bodyMs: 150 });
    async function* trickle() {
      yield bytes(`${JSON.stringify(body(1))}\n`);
      for (;;) {
        yield bytes(' ');
        await new Promise((done) => setTimeout(done, 10));
      }
    }
    await expect(ingest.acceptStream('http', 'application/x-ndjson', trickle())).rejects.toMatchObject({
      code: 'BODY_TIMEOUT',
      status: 408,
      data: { receipt: { accepted: 1, rejectedTotal: 1 } },
    });
    expect(sink.readings.length).toBe(1);
    expect(sink.rejections).toMatchObject([{ code: 'BODY_TIMEOUT' }]);
    expect(ingest.metrics.rejectedByCode).toEqual({ BODY_TIMEOUT: 1 });
  });

  test('that waits for the disk and not for its sender', async () => {
    const { ingest, sink } = fixture({ bodyMs: 100, bodyParts: 1 });
    sink.gate = new Promise((done) => setTimeout(done, 300));
    const receipt = await ingest.acceptStream('http', 'application/x-ndjson', chunks(ndjson(50)));
    expect(receipt.accepted).toBe(50);
  });

  test('of 10 MB of nested JSON', async () => {
    const { ingest } = fixture();
    const nested = bytes('['.repeat(10_000_000));
    await expect(
      ingest.acceptStream('http', 'application/json', chunks(nested, 65_536)),
    ).rejects.toMatchObject({
      code: 'PUSH_TOO_DEEP',
    });
  });

  test('when the store fails two bodies in one commit, each is told its own', async () => {
    const { ingest, sink } = fixture();
    const fail = async (line: string): Promise<unknown> => {
      async function* parts() {
        yield bytes(line);
        await expect.poll(() => sink.readings.length).toBeGreaterThan(0);
        sink.fail = ingestErrors.INGEST_BUSY('disk');
        yield ndjson(2);
      }
      const receipt = ingest.acceptStream('http', 'application/x-ndjson', parts());
      return receipt.then(undefined, (error: unknown) => error);
    };
    const stored = `${JSON.stringify(body(1))}\n`;
    const [one, two] = await Promise.all([fail(stored), fail(stored.repeat(2))]);
    expect(one).toMatchObject({ code: 'INGEST_BUSY', status: 503, data: { receipt: { messages: 1 } } });
    expect(two).toMatchObject({ code: 'INGEST_BUSY', status: 503, data: { receipt: { messages: 2 } } });
  });

  test('when the store fails', async () => {
    const { ingest, sink } = fixture();
    sink.fail = new Error('disk');
    await expect(ingest.acceptStream('http', 'application/x-ndjson', chunks(ndjson(5)))).rejects.toThrow(
      'disk',
    );
  });
});
