import type { MeterEndpoint } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkEndpoint, exposures } from '../../src/dlms/endpoint-rules.ts';

const title = '4f414d0000000001';
const plain = {
  ...({ protocol: 'dlms', transport: 'tcp', mode: 'outbound', host: 'a', port: 4059, segment: '' } as const),
  ...{ concentrator: '', clientSap: 1, serverSap: 1, physical: null, addressBytes: null, modeE: null },
  ...{ gatewayNetwork: 0, gatewayDevice: '', auth: 'lls', security: 'none', profile: '', systemTitle: title },
  suite: 0,
} satisfies MeterEndpoint;

const endpoint: fc.Arbitrary<MeterEndpoint> = fc
  .record({
    host: fc.constantFrom('a', 'b'),
    port: fc.constantFrom(1, 2),
    mode: fc.constantFrom('outbound', 'inbound'),
    gatewayDevice: fc.constantFrom('', '01'),
    auth: fc.constantFrom('', 'none', 'lls', 'hls', 'hls-md5', 'hls-sha256', 'hls-gmac', 'hls-ecdsa'),
    security: fc.constantFrom('', 'none', 'auth', 'encrypt', 'auth-encrypt'),
    systemTitle: fc.constantFrom('', title, title.toUpperCase(), '4f414d0000000002'),
    suite: fc.constantFrom(0, 1, 2),
  })
  .map((over) => ({ ...plain, ...over }) as MeterEndpoint);
const placeOf = ({ host, port, mode, gatewayDevice }: MeterEndpoint) =>
  JSON.stringify([host, port, mode, gatewayDevice]);

describe('changes of the endpoint of a meter with keys', () => {
  it('lead no password to another place, however many that open nothing follow each other', () => {
    const step = fc.option(endpoint, { freq: 5 });
    let moved = 0;
    fc.assert(
      fc.property(endpoint, fc.array(step, { maxLength: 12 }), (first, steps) => {
        let now: MeterEndpoint | undefined = first;
        let known = first.systemTitle;
        for (const next of steps) {
          // null: it is forgotten
          if (next !== null && exposures(now, next, known).length > 0) continue;
          now = next ?? undefined;
          known = next?.systemTitle ?? '';
          if (now === undefined || placeOf(now) === placeOf(first)) continue;
          moved++;
          expect(['hls-gmac', 'hls-ecdsa']).toContain(now.auth);
        }
      }),
      { numRuns: 500 },
    );
    expect(moved).toBeGreaterThan(20);
  });

  it('take away neither authentication nor encryption, and no title', () => {
    const strong = { ...plain, auth: 'hls-gmac', security: 'auth-encrypt' };
    expect(exposures(strong, { ...strong, host: 'b' }, title)).toEqual([]);
    expect(exposures(plain, { ...plain, segment: 'x', clientSap: 2 }, title)).toEqual([]);
    for (const [before, after] of [
      ['encrypt', 'auth'],
      ['auth', 'encrypt'],
      ['auth-encrypt', ''],
    ] as const) {
      const [from, to] = [before, after].map((security) => ({ ...strong, security }));
      expect(exposures(from, to!, title)).toEqual(['the security is weaker']);
      expect(exposures(to, { ...from!, security: 'auth-encrypt' }, title)).toEqual([]);
    }
    expect(exposures(strong, { ...strong, systemTitle: '' }, title)).toEqual([
      'another system title is expected',
    ]);
  });
});

it('takes names and addresses for hosts, and nothing else', () => {
  const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/);
  const name = fc.array(label, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('.'));
  fc.assert(fc.property(fc.oneof(name, fc.ipV4(), fc.ipV6()), (host) => checkEndpoint({ ...plain, host })));
  const stray = fc.constantFrom(
    '/',
    '\\',
    "'",
    '"',
    ';',
    ' ',
    '\n',
    '@',
    '?',
    '#',
    '..',
    '%2f',
    '\u0000',
    'é',
  );
  fc.assert(
    fc.property(name, stray, name, (before, bad, after) => {
      const wrong = () => checkEndpoint({ ...plain, host: `${before}${bad}${after}` });
      expect(wrong).toThrow(expect.objectContaining({ code: 'DLMS_ENDPOINT' }));
    }),
  );
});
