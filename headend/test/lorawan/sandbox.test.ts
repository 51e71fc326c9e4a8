/** The sandbox: results, freshness, limits, and what hostile scripts try. */
import { OpenAmiError } from '@openami/model';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { dataOf, downlinkOf } from '../../src/lorawan/result.ts';
import { type CodecFunction, CodecSandbox } from '../../src/lorawan/sandbox.ts';

let sandbox: CodecSandbox;
const limits = { callMs: 50, loadMs: 100, images: 8 };
const input = JSON.stringify({ bytes: [1, 2, 3], fPort: 7, recvTime: '2026-03-01T12:00:00.500Z' });
let keys = 0;

beforeAll(async () => {
  sandbox = await CodecSandbox.create(limits);
});

const codecOf = (script: string) => ({ key: `k${++keys}`, script, recvTime: 'date' as const });
const result = (script: string, name: CodecFunction = 'decodeUplink') =>
  sandbox.run(codecOf(script), name, input).result;
const uplink = (body: string) => `function decodeUplink(input) { ${body} }`;

async function codeOf(script: string): Promise<string> {
  if (sandbox.broken) sandbox = await CodecSandbox.create(limits);
  try {
    dataOf(sandbox.run(codecOf(script), 'decodeUplink', input));
  } catch (error) {
    if (error instanceof OpenAmiError) return error.code;
    throw error;
  }
  return 'ok';
}

describe('ways to write a codec', () => {
  test.each([
    [
      'TS013',
      uplink('return { data: { n: input.bytes.length, at: input.recvTime.getTime(), p: input.fPort } }'),
    ],
    [
      'an arrow in a const',
      'const decodeUplink = (i) => ({ data: { n: i.bytes.length, at: +i.recvTime, p: i.fPort } })',
    ],
    ['TTN v2', 'function Decoder(bytes, port) { return { n: bytes.length, at: 1772366400500, p: port } }'],
    [
      'ChirpStack v3',
      'function Decode(fPort, bytes, variables) { return { n: bytes.length, at: 1772366400500, p: fPort } }',
    ],
    [
      'a bundle with exports',
      '(function (r, f) { module.exports = f() })(this, () => ({ decodeUplink: (i) => ({ data: { n: 3, at: +i.recvTime, p: i.fPort } }) }))',
    ],
    [
      'a driver object',
      'var driver; (() => { driver = { decodeUplink: (i) => ({ data: { n: 3, at: +i.recvTime, p: i.fPort } }) } })()',
    ],
  ])('%s', (_, script) => {
    expect(result(script)).toEqual({ data: { n: 3, at: 1_772_366_400_500, p: 7 } });
  });

  test('modules may be named, as long as this payload does not need them', () => {
    const script = `const { createDecipheriv } = require('crypto'); const os = require('os'), mac = new (class { a = os.type })();
      const { Buffer: B } = require('buffer');
      function decodeUplink(i) { return { data: { n: i.fPort === 1 ? createDecipheriv('aes') : B.from(i.bytes).readUInt16BE(1) } } }`;
    const codec = codecOf(script);
    expect(sandbox.run(codec, 'decodeUplink', input).result).toEqual({ data: { n: 0x0203 } });
    expect(() => sandbox.run(codec, 'decodeUplink', '{"bytes":[],"fPort":1}')).toThrow(
      expect.objectContaining({ code: 'CODEC_NO_MODULE', message: 'there is no module crypto' }),
    );
  });

  test('recvTime as text, where a codec wants it so', () => {
    const codec = { ...codecOf(uplink('return { data: { t: input.recvTime } }')), recvTime: 'text' as const };
    expect(sandbox.run(codec, 'decodeUplink', input).result).toEqual({
      data: { t: '2026-03-01T12:00:00.500Z' },
    });
  });

  test('downlinks, also of typed arrays and of the older signatures', () => {
    const made = (script: string) =>
      downlinkOf(sandbox.run(codecOf(script), 'encodeDownlink', '{"data":{"on":true},"fPort":3}'), 9);
    expect(made('function encodeDownlink(i) { return { bytes: [i.data.on ? 1 : 0], fPort: 5 } }')).toEqual({
      bytes: Uint8Array.of(1),
      fPort: 5,
    });
    expect(made('function encodeDownlink(i) { return { bytes: new Uint8Array([7, 8]) } }').fPort).toBe(9);
    expect(made('function Encoder(object, port) { return [object.on ? 2 : 0, port] }').bytes).toEqual(
      Uint8Array.of(2, 3),
    );
    expect(made('function Encode(fPort, object) { return [fPort, object.on ? 4 : 0] }').bytes).toEqual(
      Uint8Array.of(3, 4),
    );
    expect(() => made('function encodeDownlink() { return { bytes: [256] } }')).toThrow(/242 bytes/);
    expect(() => made('function encodeDownlink() { return { bytes: [], fPort: 0 } }')).toThrow(/fPort/);
    expect(() => made('function encodeDownlink() { return { errors: ["no such mode"] } }')).toThrow(
      /no such mode/,
    );
  });

  test('the language of today', () => {
    const script = `
      class Reader { #at = 0; static of(b) { return new Reader(b); } constructor(b) { this.b = b; } next() { return this.b.at(this.#at++); } }
      const decodeUplink = ({ bytes, fPort, ...rest }) => {
        const r = Reader.of(bytes), x = { a: null };
        x.a ??= 1_000; x.b ||= r.next();
        const { groups } = /(?<whole>\\d+)(?<=7)/.exec('a17');
        const entries = Object.fromEntries(new Map([['k', 2n ** 40n]]));
        label: for (const b of bytes) { if (b === 2) break label; }
        return { data: { a: x.a, b: x.b, c: rest?.none?.[0] ?? 'no', g: groups.whole, k: Number(entries.k), s: 'a-b'.replaceAll('-', ''),
          f: [1, 2, 3].findLast((n) => n < 3), p: '7'.padStart(2, '0'), u: [...'😀'].length, flat: [[1], [2]].flat(), e: 2 ** 0.5 } };
      };`;
    expect(result(script)).toEqual({
      data: {
        ...{
          a: 1000,
          b: 1,
          c: 'no',
          g: '17',
          k: 2 ** 40,
          s: 'ab',
          f: 2,
          p: '07',
          u: 1,
          flat: [1, 2],
          e: Math.SQRT2,
        },
      },
    });
  });

  test('what it prints is kept, within limits', () => {
    const script = uplink(
      'console.log("port", input.fPort, { a: 1 }); for (let i = 0; i < 1e3; i++) console.warn("x".repeat(1e4)); return { data: {} }',
    );
    const { logs } = sandbox.run(codecOf(script), 'decodeUplink', input);
    expect(logs[0]).toBe('port 7 {"a":1}');
    expect(logs).toHaveLength(50);
    expect(Math.max(...logs.map(({ length }) => length))).toBe(500);
  });

  test('text outside ASCII, both ways', () => {
    const text = 'Zähler °C ³ 日本 😀';
    const script = uplink(
      `return { data: { t: ${JSON.stringify(text)}, u: String.fromCharCode(0xdc00, 65) } }`,
    );
    const { data } = result(script) as { data: { t: string } };
    expect(data.t).toBe(text);
    const echo = codecOf('function encodeDownlink(i) { return i.data }');
    expect(sandbox.run(echo, 'encodeDownlink', JSON.stringify({ data: { t: text } })).result).toEqual({
      t: text,
    });
  });
});

describe('each payload finds the codec as it was loaded', () => {
  const writes = [
    'var count = 0; function decodeUplink() { count++; return { data: { count } } }',
    'function decodeUplink() { count = (typeof count === "undefined" ? 0 : count) + 1; return { data: { count } } }',
    'function decodeUplink() { Object.prototype.n = (Object.prototype.n || 0) + 1; return { data: { count: ({}).n } } }',
    'let f = (() => { let n = 0; return () => ++n })(); function decodeUplink() { return { data: { count: f() } } }',
    'function decodeUplink() { Array.prototype.push.n = (Array.prototype.push.n | 0) + 1; return { data: { count: [].push.n } } }',
    'function decodeUplink() { decodeUplink = null; JSON.stringify = null; console = null; return { data: { count: 1 } } }',
    'const m = new Map(); function decodeUplink() { m.set(m.size, 1); return { data: { count: m.size } } }',
  ];
  test.each(writes)('%s', (script) => {
    const codec = codecOf(script);
    for (let i = 0; i < 3; i++)
      expect(sandbox.run(codec, 'decodeUplink', input).result).toEqual({ data: { count: 1 } });
  });

  test('also after a payload that was stopped in the middle', async () => {
    const codec = codecOf(
      'var n = 0; function decodeUplink(i) { n++; while (i.fPort === 1); return { data: { n } } }',
    );
    const stuck = JSON.stringify({ bytes: [], fPort: 1 });
    for (let i = 0; i < 2; i++) {
      expect(() => sandbox.run(codec, 'decodeUplink', stuck)).toThrow(
        expect.objectContaining({ code: 'CODEC_TIMEOUT' }),
      );
      expect(sandbox.run(codec, 'decodeUplink', input).result).toEqual({ data: { n: 1 } });
    }
  });

  test('codecs in any order do not see each other', () => {
    const codecs = Array.from({ length: 12 }, (_, i) =>
      codecOf(
        `var mine = ${i}, seen = 0; function decodeUplink(x) { seen += x.fPort; other = typeof other; return { data: { mine, seen, other } } }`,
      ),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(11), fc.nat(255)), { maxLength: 40 }), (calls) => {
        for (const [which, fPort] of calls) {
          const answer = sandbox.run(codecs[which]!, 'decodeUplink', JSON.stringify({ bytes: [], fPort }));
          expect(answer.result).toEqual({ data: { mine: which, seen: fPort, other: 'undefined' } });
        }
        expect(sandbox.held.images).toBeLessThanOrEqual(limits.images);
      }),
      { numRuns: 20 },
    );
  });
});

describe('contained, with an error that says what it was', () => {
  test.each([
    ['CODEC_SYNTAX', 'function decodeUplink( {'],
    ['CODEC_SYNTAX', 'export function decodeUplink() {}'],
    ['CODEC_NO_FUNCTION', 'function decode() {}'],
    ['CODEC_NO_FUNCTION', 'var decodeUplink = 7'],
    ['CODEC_NO_MODULE', 'const c = require("crypto").createHash("md5"); function decodeUplink() {}'],
    ['CODEC_NO_MODULE', uplink('return { data: String(require("fs").constants.O_RDONLY) }')],
    ['CODEC_THREW', 'nothing.here()'],
    ['CODEC_THREW', uplink('throw new Error("port")')],
    ['CODEC_THREW', uplink('throw undefined')],
    ['CODEC_THREW', uplink('throw new Proxy({}, { get() { throw 1 } })')],
    ['CODEC_THREW', uplink('throw { get message() { throw 2 }, toString() { throw 3 } }')],
    ['CODEC_THREW', uplink('return process.env')],
    ['CODEC_THREW', uplink('return fetch("http://localhost")')],
    ['CODEC_REFUSED', uplink('return { errors: ["unknown port"] }')],
    ['CODEC_BAD_RESULT', uplink('')],
    ['CODEC_BAD_RESULT', uplink('return 7')],
    ['CODEC_BAD_RESULT', uplink('return { data: 7 }')],
    ['CODEC_BAD_RESULT', uplink('return () => 1')],
    ['CODEC_BAD_RESULT', uplink('return { data: { n: 1n } }')],
    ['CODEC_BAD_RESULT', uplink('const o = {}; o.o = o; return { data: o }')],
    ['CODEC_BAD_RESULT', 'async function decodeUplink() { return { data: {} } }'],
    ['CODEC_BAD_RESULT', 'function decodeUplink() { return new Promise(() => {}) }'],
    ['CODEC_BAD_RESULT', uplink('return { data: {}, get then() { throw 1 } }')],
    ['CODEC_BAD_RESULT', uplink('return { toJSON() { throw new Error("x") } }')],
    ['CODEC_BAD_RESULT', uplink('return { toJSON() { return undefined } }')],
    ['CODEC_BAD_RESULT', uplink('return { data: { get a() { throw 1 } } }')],
    ['CODEC_BAD_RESULT', uplink('return new Proxy({}, { ownKeys() { throw 1 } })')],
    ['CODEC_BAD_RESULT', uplink('return { data: { t: "x".repeat(3e5) } }')],
    ['CODEC_BAD_RESULT', uplink('let o = {}; for (let i = 0; i < 100; i++) o = { o }; return { data: o }')],
    ['CODEC_BAD_RESULT', uplink('return { data: { a: new Array(6e4).fill(1) } }')],
    ['CODEC_TIMEOUT', 'while (true);'],
    ['CODEC_TIMEOUT', uplink('for (;;) { try { for (;;); } catch { } finally { continue } }')],
    ['CODEC_TIMEOUT', uplink('return { toJSON() { for (;;); } }')],
    ['CODEC_TIMEOUT', uplink('return { data: new Proxy({}, { ownKeys() { for (;;); } }) }')],
    ['CODEC_TIMEOUT', uplink('return { data: { m: /^(a+)+$/.test("a".repeat(40) + "b") } }')],
    ['CODEC_TIMEOUT', uplink('throw { get message() { for (;;); } }')],
    ['CODEC_OUT_OF_MEMORY', uplink('return "x".repeat(2 ** 29)')],
    ['CODEC_OUT_OF_MEMORY', uplink('const a = []; for (;;) a.push(new Uint8Array(1e6))')],
    ['CODEC_OUT_OF_MEMORY', 'var a = new ArrayBuffer(1e9)'],
    ['CODEC_OUT_OF_MEMORY', uplink('let o = {}; for (;;) o = { o }')],
    ['CODEC_OUT_OF_MEMORY', 'let o = {}; for (;;) o = { o }'],
    ['CODEC_STACK_OVERFLOW', uplink('return decodeUplink(input)')],
    [
      'CODEC_STACK_OVERFLOW',
      uplink('let a = []; for (let i = 0; i < 1e4; i++) a = [a]; return { data: { a: String(a) } }'),
    ],
    ['CODEC_STACK_OVERFLOW', 'eval("(".repeat(1e5))'],
  ])('%s: %s', async (code, script) => {
    expect(await codeOf(script)).toBe(code);
    // and the next payload is decoded as if nothing had been
    expect(await codeOf(uplink('return { data: { a: [1, "x", null, true, { b: 2 }] } }'))).toBe('ok');
  });

  test('memory bombs leave nothing behind: images stay small, the engine does not grow', async () => {
    const bombs = [
      'const a = []; for (;;) a.push(new Uint8Array(1e6))',
      'let s = ""; for (;;) s += "x".repeat(1e5)',
      'const a = []; for (;;) a.push(new Array(1000).fill(7))',
      'let o = {}; for (;;) o = { o }',
      'const m = new Map(); for (let i = 0; ; i++) m.set(i, String(i))',
    ];
    const before = process.memoryUsage().arrayBuffers;
    for (const bomb of bombs) expect(await codeOf(uplink(bomb))).toMatch(/^CODEC_(OUT_OF_MEMORY|TIMEOUT)$/);
    const fresh = await CodecSandbox.create({ ...limits, images: 1 });
    for (const bomb of bombs) expect(() => fresh.run(codecOf(uplink(bomb)), 'decodeUplink', input)).toThrow();
    fresh.run(codecOf(uplink('return { data: {} }')), 'decodeUplink', input);
    expect(fresh.held.bytes).toBeLessThan(1.5e6);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(60e6);
  });

  test('images are bounded in bytes, too', async () => {
    const small = await CodecSandbox.create({ ...limits, images: 100, imageBytes: 8e6 });
    for (let i = 0; i < 20; i++) {
      const codec = codecOf(
        `var big = new Uint8Array(1e6).fill(${i + 1}); ${uplink('return { data: { n: big[9] } }')}`,
      );
      expect(small.run(codec, 'decodeUplink', input).result).toEqual({ data: { n: i + 1 } });
      expect(small.held.bytes).toBeLessThan(8e6);
    }
    expect(small.held.images).toBeGreaterThan(2);
  });

  test('a script that is too long is refused', async () => {
    expect(await codeOf(`// ${'x'.repeat(600_000)}`)).toBe('CODEC_INVALID');
  });

  test.each([
    [
      'prototypes',
      uplink('Object.prototype.polluted = 1; Array.prototype.map = null; return { data: { ok: 1 } }'),
    ],
    ['a __proto__ key', uplink('return { data: JSON.parse(\'{"__proto__":{"polluted":1},"ok":1}\') }')],
    [
      'built-in functions',
      `JSON.stringify = () => '{"data":{"forged":1}}'; JSON.parse = null; ${uplink('return { data: { ok: 1 } }')}`,
    ],
    [
      'the constructor of functions',
      uplink('(function () {}).constructor("polluted = 1")(); return { data: { ok: 1 } }'),
    ],
    [
      'setters on the global object',
      `Object.defineProperty(globalThis, "Decoder", { get() { throw 1 } }); ${uplink('return { data: { ok: 1 } }')}`,
    ],
  ])('tricks with %s stay inside', (_, script) => {
    const answer = sandbox.run(codecOf(script), 'decodeUplink', input);
    const { data } = dataOf(answer);
    expect(data).toEqual({ ok: 1 });
    expect(Object.keys(data)).toEqual(['ok']);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(data)).toBe(Object.prototype);
  });

  test('nothing of the host can be named', () => {
    const names = 'process global window self fetch setTimeout WebAssembly Deno navigator Worker std os';
    const script = uplink(`return { data: { seen: "${names}".split(" ").filter((n) => n in globalThis) } }`);
    expect(result(script)).toEqual({ data: { seen: [] } });
  });

  test('any text as a script is an error of ours, or decodes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 60 }), async (text) => {
        expect(await codeOf(text)).toMatch(/^(ok|CODEC_[A-Z_]+)$/);
      }),
      { numRuns: 100 },
    );
  });
});
