import { describe, expect, it } from 'vitest';
import { isActive, isRestoring } from '../../src/services/prepay/standing.ts';

describe('an agreement on prepay', () => {
  const at = (text: string) => Date.parse(text) / 1_000;
  const agreement = {
    zone: 'Europe/Berlin',
    validFrom: '2026-03-01',
    validUntil: '2026-05-01',
    endsAt: null,
  };

  it('is so from the local day it begins to the one it ends', () => {
    expect(isActive(agreement, at('2026-02-28T22:59:59Z'))).toBe(false);
    expect(isActive(agreement, at('2026-02-28T23:00:00Z'))).toBe(true);
    expect(isActive(agreement, at('2026-04-30T21:59:59Z'))).toBe(true);
    expect(isActive(agreement, at('2026-04-30T22:00:00Z'))).toBe(false);
  });

  it('is not once the customer moved out: whoever lives there now owes nothing of it', () => {
    const moved = { ...agreement, validUntil: null, endsAt: new Date('2026-04-10T10:00:00Z') };
    expect(isActive(moved, at('2026-04-10T09:59:59Z'))).toBe(true);
    expect(isActive(moved, at('2026-04-10T10:00:00Z'))).toBe(false);
  });

  it('puts on again who paid before it was over, unless he moved out', () => {
    const restoring = { state: 'restoring', endsAt: null } as const;
    expect(isRestoring(restoring, at('2026-05-01T00:00:00Z'))).toBe(true);
    expect(isRestoring({ ...restoring, state: 'cut' }, at('2026-05-01T00:00:00Z'))).toBe(false);
    const endsAt = new Date('2026-04-10T10:00:00Z');
    expect(isRestoring({ ...restoring, endsAt }, at('2026-04-10T09:59:59Z'))).toBe(true);
    expect(isRestoring({ ...restoring, endsAt }, at('2026-04-10T10:00:00Z'))).toBe(false);
  });
});
