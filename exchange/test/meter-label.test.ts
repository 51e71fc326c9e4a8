import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMeterLabel } from '../src/index.ts';

describe('what stands on a meter', () => {
  it.each([
    [
      'LW:D0:70B3D57ED0000001:0011223344556677:AABB1122:O0102:SL-1:PX1:CAF2C',
      {
        ...{ kind: 'lorawan', name: '0011223344556677', joinEui: '70b3d57ed0000001' },
        ...{ profile: 'aabb1122', serial: 'L-1' },
      },
    ],
    ['lw:d0:70b3d57ed0000001:0011223344556677:aabb1122', { kind: 'lorawan', name: '0011223344556677' }],
    [
      '8KAM0112345678',
      {
        ...{ kind: 'identification', name: 'KAM-12345678', serial: '8KAM0112345678' },
        ...{ manufacturer: 'KAM', commodity: 'water' },
      },
    ],
    ['1 ESY 11 6012 3456', { kind: 'identification', name: 'ESY-60123456', commodity: 'electricity' }],
    ['kam 12345678', { kind: 'wmbus', name: 'KAM-12345678' }],
    ['KAM-1234567A', { kind: 'wmbus', name: 'KAM-1234567a' }],
    ['00-11-22-33-44-55-66-FF', { kind: 'eui', name: '00112233445566ff' }],
    [' OA1000001 ', { kind: 'serial', name: 'OA1000001', serial: 'OA1000001' }],
    // sixteen digits alone may be a serial number
    ['1234567890123456', { kind: 'serial', name: '1234567890123456' }],
  ])('%s', (text, expected) => {
    expect(parseMeterLabel(text)).toMatchObject(expected);
  });

  it('is nothing where it is nothing, and never more than text', () => {
    for (const text of ['', '   ', 'a\nb', 'x'.repeat(201), '<script>'])
      expect(parseMeterLabel(text)).toBe(undefined);
    fc.assert(
      fc.property(fc.string({ maxLength: 250 }), (text) => {
        const label = parseMeterLabel(text);
        if (label) expect(label.name).toMatch(/^[\w./ -]{1,64}$/);
      }),
    );
  });
});
