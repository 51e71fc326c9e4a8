/** The tariffs of a comparison: stored or being written, as they are now or as they stood. */
import { type CompiledTariff, type CompiledVersion, checkTariff, type TariffFault } from '@openami/billing';
import type { BilledAgreement } from '@openami/store';
import type { BookedTariff } from '../tariff-book.ts';
import { unstored } from '../test-bill.ts';

/** Days that no calendar reaches: for ever. */
const [FIRST_DAY, LAST_DAY] = [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];

/** The tariff as if its version of a day, or the first to come, had always been in force. */
export function asOfDay(booked: BookedTariff, day: number): BookedTariff {
  const { versions } = booked.compiled;
  const version = versions.findLast(({ fromDay }) => fromDay <= day) ?? versions[0]!;
  return { ...booked, compiled: alwaysOf(booked.compiled, version) };
}

/** Made once a version: what is rated in batches is told apart by it. */
const always = new WeakMap<CompiledVersion, CompiledTariff>();

function alwaysOf({ tariff }: CompiledTariff, version: CompiledVersion): CompiledTariff {
  let made = always.get(version);
  if (made === undefined) {
    made = { tariff, versions: [{ ...version, fromDay: FIRST_DAY, toDay: LAST_DAY }] };
    always.set(version, made);
  }
  return made;
}

/** A document, read, or what is wrong with it. */
export function draftOf(document: unknown): {
  readonly faults: readonly TariffFault[];
  readonly draft: BookedTariff | undefined;
} {
  const faults = checkTariff(document);
  return { faults, draft: faults.length > 0 ? undefined : unstored(document) };
}

/** The code of the tariff an agreement has on a day, or had last. */
export function tariffOn({ tariffs }: Pick<BilledAgreement, 'tariffs'>, day: string): string | undefined {
  return tariffs.findLast(({ validFrom }) => validFrom <= day)?.tariff ?? tariffs[0]?.tariff;
}
