import { OpenAmiError } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ModeEClient, ModeEServer, parseModeEIdentification } from '../../../src/dlms/index.ts';
import { toHex } from '../vectors.ts';
import { concat, pieces } from './made.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);
const textOf = (parts: readonly Uint8Array[]) => parts.map((part) => new TextDecoder().decode(part)).join('');

test.each([
  ['/GRX51234', { maker: 'GRX', baudCode: '5', baud: 9600, namesModeE: false, identification: '1234' }],
  [
    '/LGZ4\\2ZMF100AC',
    { maker: 'LGZ', baudCode: '4', baud: 4800, namesModeE: true, identification: 'ZMF100AC' },
  ],
  [
    '/ISk5\\2ME382-1003',
    { maker: 'ISk', baudCode: '5', baud: 9600, namesModeE: true, identification: 'ME382-1003' },
  ],
])('%s', (line, expected) => {
  expect(parseModeEIdentification(line)).toEqual(expected);
});

test.each(['', '/', '/GRX', '/GRX9x', 'GRX5x', '/GR15x'])('not an identification: "%s"', (line) => {
  expect(() => parseModeEIdentification(line)).toThrow(expect.objectContaining({ code: 'DLMS_LINK_FRAME' }));
});

describe('an opening', () => {
  const meter = parseModeEIdentification('/LGZ5\\2ZMF100AC');

  test('both ends agree, whatever the chunks, and the bytes after it are kept', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 40 }), (seed, max) => {
        const client = new ModeEClient();
        const server = new ModeEServer(meter, '12345678');
        let toServer = client.start('12345678').send;
        let done: unknown;
        for (let turn = 0; turn < 4 && done === undefined; turn++) {
          const answer = [...pieces(concat(toServer), seed, max)].flatMap((chunk) => [
            ...server.receive(chunk).send,
          ]);
          const steps = [...pieces(concat(answer), seed, max)].map((chunk) => client.receive(chunk));
          toServer = steps.flatMap(({ send }) => [...send]);
          done = steps.find((step) => step.done)?.done;
        }
        expect(done).toEqual(meter);
      }),
    );
    const client = new ModeEClient();
    client.receive(bytesOf('/LGZ5\\2ZMF100AC\r\n'));
    const step = client.receive(concat([bytesOf('\x06252\r\n'), Uint8Array.of(0x7e, 0xa0)]));
    expect(toHex(step.rest!)).toBe('7ea0');
  });

  test('no faster than the caller can', () => {
    const client = new ModeEClient(4800);
    expect(textOf(client.receive(bytesOf('/LGZ6x\r\n')).send)).toBe('\x06242\r\n');
    expect(client.receive(bytesOf('\x06242\r\n')).done).toMatchObject({ baud: 4800 });
  });

  test('parity bits, echo and noise before the line', () => {
    const client = new ModeEClient();
    const withParity = bytesOf('/GRX5123\r\n').map((byte) => byte | 0x80);
    const step = client.receive(concat([bytesOf('/?!\r\n\0\0ab'), withParity]));
    expect(textOf(step.send)).toBe('\x06252\r\n');
  });

  test('a meter for another address keeps silent', () => {
    expect(new ModeEServer(meter, '1').receive(bytesOf('/?2!\r\n')).send).toEqual([]);
    expect(new ModeEServer(meter, '1').receive(bytesOf('/?!\r\n')).send).toHaveLength(1);
  });

  test('an answer that is none, and a line without end', () => {
    const client = new ModeEClient();
    client.receive(bytesOf('/GRX5123\r\n'));
    expect(() => client.receive(bytesOf('\x06050\r\n'))).toThrow(
      expect.objectContaining({ code: 'DLMS_LINK_FRAME' }),
    );
    expect(() => new ModeEClient().receive(new Uint8Array(5000).fill(65))).toThrow(
      expect.objectContaining({ code: 'DLMS_LINK_OVER_LIMIT' }),
    );
  });

  test('many lines at once take no longer than their bytes', () => {
    const lines = new Uint8Array(60_000).fill(0x0a);
    for (const end of [new ModeEClient(), new ModeEServer(meter)]) {
      const startMs = performance.now();
      expect(end.receive(lines).send).toEqual([]);
      expect(performance.now() - startMs).toBeLessThan(1_000);
    }
  });

  test('any bytes: our errors only', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 })), (chunks) => {
        for (const end of [new ModeEClient(), new ModeEServer(meter)]) {
          try {
            for (const chunk of chunks) end.receive(chunk);
          } catch (error) {
            expect(error).toBeInstanceOf(OpenAmiError);
          }
        }
      }),
    );
  });
});
