/** What profiles of meters capture, and in which units: asked once a day and not at every session. */
import type { Clock } from '@openami/model';
import { decodeScalerUnit, type ProfileDescription, type ScalerUnit, type Signal } from '@openami/wire/dlms';
import { remember } from '../remember.ts';
import { isValueColumn, scaledClasses } from './profile-rows.ts';
import type { MeterSession } from './session.ts';

export interface DescribedProfile {
  readonly description: ProfileDescription;
  /** By column; undefined for what has no unit. */
  readonly scalers: readonly (ScalerUnit | undefined)[];
}

interface Known {
  readonly untilMs: number;
  readonly profiles: Map<string, DescribedProfile>;
}

const keptMs = 86_400_000;
const maxMeters = 100_000;

export class ProfileBook {
  readonly #clock: Clock;
  readonly #known = new Map<number, Known>();
  /** Meters that are set up alike share what is kept. */
  readonly #alike = new Map<string, DescribedProfile>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async of(
    { client }: MeterSession,
    meterId: number,
    instance: string,
    signal?: Signal,
  ): Promise<DescribedProfile> {
    const nowMs = this.#clock.nowMs();
    let known = this.#known.get(meterId);
    if (known === undefined || known.untilMs < nowMs) {
      known = { untilMs: nowMs + keptMs, profiles: new Map() };
      remember(this.#known, meterId, known, maxMeters);
    }
    const there = known.profiles.get(instance);
    if (there !== undefined) return there;
    const description = await client.describeProfile(instance, signal);
    const valued = description.objects.filter(isValueColumn);
    const items = valued.map(({ classId, instance: of }) => ({
      attribute: { classId, instance: of, attribute: scaledClasses[classId]! },
    }));
    const results = items.length === 0 ? [] : await client.getMany(items, signal);
    const scalers = description.objects.map((object) => {
      const result = results[valued.indexOf(object)];
      return result?.kind === 'data' ? decodeScalerUnit(result.value) : undefined;
    });
    const described = this.#shared({ description, scalers });
    known.profiles.set(instance, described);
    return described;
  }

  forget(meterId: number): void {
    this.#known.delete(meterId);
  }

  #shared(described: DescribedProfile): DescribedProfile {
    const name = JSON.stringify(described);
    const same = this.#alike.get(name);
    if (same !== undefined) return same;
    if (this.#alike.size >= 1_000) this.#alike.clear();
    this.#alike.set(name, described);
    return described;
  }
}
