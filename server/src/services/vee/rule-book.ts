/** Rule sets in force: those of the registry, or the preset where a utility has none of its own. */
import { type Clock, parseDay, systemAccess, type ZoneTable } from '@openami/model';
import type { RuleSetRecord, RuleSetRepository } from '@openami/store';
import { presetRuleSet, type RuleSet, readRuleSet, ruleSetOn } from '@openami/vee';

export interface RuleBookOptions {
  readonly ruleSets: RuleSetRepository;
  readonly clock: Clock;
}

/** Code of the rule set that validation works by. */
export const ruleSetCode = 'default';

export class RuleBook {
  readonly #options: RuleBookOptions;
  readonly #preset = presetRuleSet('default');
  readonly #listeners: (() => void)[] = [];
  #sets: readonly RuleSet[] = [];

  constructor(options: RuleBookOptions) {
    this.#options = options;
  }

  /** Reads the sets of the registry. Raises VEE_* errors for one that does not hold. */
  async load(): Promise<void> {
    const records = await this.#options.ruleSets.list(systemAccess);
    this.#sets = records.filter(({ code }) => code === ruleSetCode).map(ruleSetOf);
    for (const listener of this.#listeners) listener();
  }

  /** Called when other sets are in force. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** The set of a local day. */
  on(day: number): RuleSet {
    return ruleSetOn(this.#sets, day) ?? this.#preset;
  }

  /** The set of today in a zone. */
  current(zone: ZoneTable): RuleSet {
    return this.on(zone.localDayOf(Math.floor(this.#options.clock.nowMs() / 1000)));
  }
}

/** A stored version as the rules take it. */
function ruleSetOf({ rules, version, effectiveFrom }: RuleSetRecord): RuleSet {
  return { ...readRuleSet(rules), version, effectiveFrom: parseDay(effectiveFrom) };
}
