/** The Buffer of the sandbox against that of Node. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CodecSandbox } from '../../src/lorawan/sandbox.ts';

const sandbox = await CodecSandbox.create({ callMs: 1_000 });

/** The body as a function of `input`, run here and in the sandbox. */
function both(body: string, input: unknown): [unknown, unknown] {
  const codec = { key: body, script: `function decodeUplink(input) { ${body} }`, recvTime: 'text' as const };
  const here = new Function('input', body) as (input: unknown) => unknown;
  const json = JSON.stringify(input);
  return [
    sandbox.run(codec, 'decodeUplink', json).result,
    JSON.parse(JSON.stringify(here(JSON.parse(json)))),
  ];
}

const reads = [
  ...['UInt8', 'Int8'],
  ...['UInt16', 'Int16', 'UInt32', 'Int32', 'Float', 'Double', 'BigInt64', 'BigUInt64'].flatMap((name) => [
    `${name}LE`,
    `${name}BE`,
  ]),
];

test('numbers are read and written alike, and not beyond the end', () => {
  const body = `
    const seen = {};
    const b = Buffer.from(input.bytes);
    for (const name of input.reads) {
      try {
        const value = b['read' + name](input.at);
        const c = Buffer.alloc(input.bytes.length);
        // which bits a NaN has is left to the engine
        const next = value !== value ? 'none' : c['write' + name](value, input.at);
        seen[name] = [typeof value === 'number' && !isFinite(value) ? 'none' : String(value), next, c.toString('hex')];
      } catch (error) { seen[name] = error.name; }
    }
    for (let n = 1; n <= 6; n++) for (const name of ['UIntLE', 'UIntBE', 'IntLE', 'IntBE']) {
      try { seen[name + n] = b['read' + name](input.at, n); } catch (error) { seen[name + n] = error.name; }
    }
    return seen;`;
  fc.assert(
    fc.property(fc.array(fc.nat(255), { maxLength: 12 }), fc.nat(12), (bytes, at) => {
      const [got, expected] = both(body, { bytes, at, reads });
      expect(got).toEqual(expected);
    }),
    { numRuns: 200 },
  );
});

test('text in every encoding, both ways', () => {
  const body = `
    const seen = {};
    for (const encoding of ['hex', 'base64', 'base64url', 'ascii', 'latin1', 'utf8', 'utf16le']) {
      const written = Buffer.from(input.bytes).toString(encoding);
      // what is neither hex nor base64 is read by Node in ways of its own
      const text = /hex|base64/.test(encoding) ? written : input.text;
      seen[encoding] = [written, Array.from(Buffer.from(text, encoding))];
    }
    return seen;`;
  fc.assert(
    fc.property(fc.array(fc.nat(255), { maxLength: 30 }), fc.string({ unit: 'grapheme' }), (bytes, text) => {
      const [got, expected] = both(body, { bytes, text });
      expect(got).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});

test('the rest of what codecs use', () => {
  const [got, expected] = both(
    `const b = Buffer.from([1, 2, 3, 4, 300, -1]);
     const c = b.slice(1, 3); c[0] = 9;
     const d = Buffer.alloc(4); b.copy(d, 1, 0, 2);
     return { b, c, json: JSON.stringify(c), d, concat: Buffer.concat([b, c]), concat2: Buffer.concat([b, c], 3),
       is: [Buffer.isBuffer(b), Buffer.isBuffer([]), b instanceof Uint8Array, b.equals(Buffer.from(b)), Buffer.compare(b, c)],
       fill: Buffer.alloc(5, 'ab'), found: [b.indexOf(3), b.indexOf(Buffer.from([3, 4])), b.includes(77), Buffer.from('water').indexOf('t')],
       write: [Buffer.alloc(4).write('abcdef', 1), Buffer.alloc(3).fill(7)], map: b.map((x) => x ^ 1), reversed: Buffer.from(b).reverse(),
       swapped: [Buffer.from(b).swap16(), Buffer.from([1, 2, 3, 4]).swap32()], length: Buffer.byteLength('Zähler'), of: Buffer.of(1, 2),
       join: b.join('-'), part: b.toString('hex', 1, 3), read: b.readUint8(0), nested: Buffer.from(b.buffer).length > 0 }`,
    {},
  );
  expect(got).toEqual(expected);
});
