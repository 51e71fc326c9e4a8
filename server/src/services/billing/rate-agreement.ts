/** Rates an agreement for a cycle: under each tariff it had, one after another, as one bill. */
import {
  type AccountInput,
  type BillingCycle,
  type CarryState,
  emptyState,
  perUnitOf,
  type RatedBill,
  type RatedPart,
  rateCycle,
  type Usage,
  type VersionPiece,
  versionPieces,
  type Window,
} from '@openami/billing';
import { parseDay, zoneTable } from '@openami/model';
import type { BilledAgreement } from '@openami/store';
import { serverErrors } from '../../errors.ts';
import type { TaskFacts } from './inputs.ts';
import type { BookedTariff } from './tariff-book.ts';

/** A stretch of a bill under one tariff. */
export interface TariffPiece extends Window {
  readonly tariff: BookedTariff;
  readonly persons: number;
}

/** What is billed of a cycle under which tariff; gaps are stretches without one. */
export function tariffPieces(
  agreement: Pick<BilledAgreement, 'zone' | 'tariffs'>,
  window: Window,
  tariffs: ReadonlyMap<string, BookedTariff>,
): { readonly pieces: TariffPiece[]; readonly gaps: Window[] } {
  const zone = zoneTable(agreement.zone);
  const pieces: TariffPiece[] = [];
  const gaps: Window[] = [];
  let reachedS = window.fromS;
  for (const { tariff, validFrom, validUntil, persons } of agreement.tariffs) {
    const fromS = Math.max(window.fromS, zone.dayStart(parseDay(validFrom)));
    const toS = validUntil === null ? window.toS : Math.min(window.toS, zone.dayStart(parseDay(validUntil)));
    const booked = tariffs.get(tariff);
    if (toS <= fromS || booked === undefined) continue;
    if (fromS > reachedS) gaps.push({ fromS: reachedS, toS: fromS });
    pieces.push({ fromS, toS, tariff: booked, persons });
    reachedS = toS;
  }
  if (reachedS < window.toS) gaps.push({ fromS: reachedS, toS: window.toS });
  return { pieces, gaps };
}

/** Stretches of a bill that are under one version each: where registers must be read. */
export function stretchesOf(pieces: readonly TariffPiece[], zone: string): VersionPiece[] {
  return pieces.flatMap(({ tariff, fromS, toS }) => versionPieces(tariff.compiled, { fromS, toS }, zone));
}

/** A part of a bill with what it takes to rate it again. */
interface TracedPart extends RatedPart {
  readonly tariff: BookedTariff;
  readonly persons: number;
  readonly endsCycle: boolean;
}

export interface TracedBill extends RatedBill {
  readonly parts: readonly TracedPart[];
  readonly carryIn: CarryState;
}

export interface RateRequest {
  readonly zone: string;
  readonly cycle: BillingCycle['cycle'];
  readonly pieces: readonly TariffPiece[];
  readonly usage: Omit<Usage, 'perUnit'>;
  readonly carryIn?: CarryState;
  /** What is given besides readings, under a tariff. */
  readonly facts?: (tariff: BookedTariff) => TaskFacts;
  /** Usage of the days before, which events are measured against. */
  readonly history?: Omit<Usage, 'perUnit'>;
  /** Determinants that are known already. */
  readonly determinants?: AccountInput['determinants'];
}

/** Raises BILLING_*, TARIFF_NOT_IN_FORCE, BILL_USAGE. */
export function rateAgreement({
  zone,
  cycle,
  pieces,
  usage,
  carryIn = emptyState,
  facts = () => ({}),
  history,
  determinants,
}: RateRequest): TracedBill {
  const { currency } = pieces[0]!.tariff.record;
  let state = carryIn;
  const parts: TracedPart[] = [];
  for (const [at, { tariff, persons, ...window }] of pieces.entries()) {
    if (tariff.record.currency !== currency)
      throw serverErrors.BILL_USAGE(
        `one bill in ${currency} and ${tariff.record.currency}: bill the parts apart`,
      );
    const perUnit = perUnitOf(tariff.record.unit);
    const input = {
      ...{ tariff: tariff.compiled, usage: { ...usage, perUnit }, zone, persons, determinants },
      ...facts(tariff),
      ...(history && { history: { ...history, perUnit } }),
    };
    const isFollowed = at < pieces.length - 1;
    const bill = rateCycle(input, { cycle, window, isFollowed }, state);
    for (const [i, part] of bill.parts.entries())
      parts.push({ ...part, tariff, persons, endsCycle: !isFollowed && i === bill.parts.length - 1 });
    state = bill.state;
  }
  return { fromS: pieces[0]!.fromS, toS: pieces.at(-1)!.toS, parts, state, carryIn };
}
