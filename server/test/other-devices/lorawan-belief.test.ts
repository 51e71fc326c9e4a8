/** Whose a message is, and when it was sent, for any that somebody may write. */
import type { LorawanEvent } from '@openami/wire/lorawan';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { applicationOf, atTrueTime, type Binding, isBoundTo } from '../../src/services/lorawan/belief.ts';

const dayMs = 86_400_000;
const name = fc.constantFrom('', 'app', 'app2', 'app@acme', 'app@evil', 'a');
const binding: fc.Arbitrary<Binding> = fc.record({
  server: fc.constantFrom('chirpstack' as const, 'things-stack' as const),
  applicationId: name,
  tenantId: fc.constantFrom(null, 't', 'u'),
});

it('who is bound stays there, whatever was believed before', () => {
  fc.assert(
    fc.property(binding, binding, fc.boolean(), (known, said, byBroker) => {
      expect(isBoundTo(known, known, byBroker)).toBe(true);
      if (!isBoundTo(known, said, byBroker)) return;
      const next: Binding = { ...said, applicationId: applicationOf(known, said) };
      expect(next.server).toBe(known.server);
      // the application is the same, but for a tenant that a topic tells
      if (known.applicationId !== '' && !byBroker) expect(next.applicationId).toBe(known.applicationId);
      if (known.applicationId !== '')
        expect(next.applicationId.split('@')[0]).toBe(known.applicationId.split('@')[0]);
      if (known.tenantId !== null && said.tenantId !== null) expect(said.tenantId).toBe(known.tenantId);
    }),
  );
});

it('a webhook moves nobody to the tenant of another', () => {
  const known: Binding = { server: 'things-stack', applicationId: 'app', tenantId: null };
  const said: Binding = { ...known, applicationId: 'app@evil' };
  expect(isBoundTo(known, said, false)).toBe(false);
  expect(isBoundTo(known, said, true)).toBe(true);
  expect(isBoundTo(said, known, false)).toBe(true);
  expect(isBoundTo(said, { ...known, applicationId: 'app@acme' }, true)).toBe(false);
});

it('no time that is believed is ahead of our clock, or older than a month', () => {
  const nowMs = Date.parse('2026-03-01T12:00:00Z');
  const event = { type: 'service', server: 'chirpstack' } as LorawanEvent;
  fc.assert(
    fc.property(fc.integer({ min: -60 * dayMs, max: 60 * dayMs }), (offMs) => {
      const given = { ...event, serverMs: nowMs + offMs } as LorawanEvent;
      if (offMs > dayMs || offMs < -31 * dayMs) {
        expect(() => atTrueTime(given, nowMs)).toThrow(expect.objectContaining({ code: 'LORAWAN_TIME' }));
      } else expect(atTrueTime(given, nowMs).serverMs).toBe(nowMs + Math.min(0, offMs));
    }),
  );
});
