/** The service level as a heat map: one row a plan, one column a day. Pure. */
import type { ServiceLevelItem } from '@openami/server/contract';

export type LevelState = ServiceLevelItem['levels'][number]['state'];

const worstFirst: readonly LevelState[] = ['breached', 'atRisk', 'onCourse', 'met'];

/** The worst state of a day's levels; undefined where it has none. */
export function worstOf(item: Pick<ServiceLevelItem, 'levels'>): LevelState | undefined {
  return worstFirst.find((state) => item.levels.some((level) => level.state === state));
}

export interface HeatRow {
  readonly plan: string;
  /** One a day, as `days`; undefined where the plan had nothing to read. */
  readonly cells: readonly (ServiceLevelItem | undefined)[];
}

/** Days ascending, plans by name. */
export function heatOf(items: readonly ServiceLevelItem[]): { days: string[]; rows: HeatRow[] } {
  const days = [...new Set(items.map(({ day }) => day))].sort();
  const plans = [...new Set(items.map(({ plan }) => plan))].sort();
  const byKey = new Map(items.map((item) => [`${item.day} ${item.plan}`, item]));
  const rows = plans.map((plan) => ({ plan, cells: days.map((day) => byKey.get(`${day} ${plan}`)) }));
  return { days, rows };
}

/** Of 0 to 5, how dark a cell is: what matters lies near 100 %. */
export function shadeOf({ expected, present }: Pick<ServiceLevelItem, 'expected' | 'present'>): number {
  if (expected === 0) return 5;
  const share = present / expected;
  return [0.5, 0.8, 0.95, 0.99, 1].filter((step) => share >= step).length;
}

export interface LevelRow {
  readonly day: string;
  readonly plan: string;
  readonly level: ServiceLevelItem['levels'][number];
}

/** Levels at risk, which can still be saved, before breached ones; each by deadline. */
export function troubledLevels(items: readonly ServiceLevelItem[]): LevelRow[] {
  return items
    .flatMap(({ day, plan, levels }) => levels.map((level) => ({ day, plan, level })))
    .filter(({ level }) => level.state === 'atRisk' || level.state === 'breached')
    .sort(
      (a, b) =>
        Number(a.level.state === 'breached') - Number(b.level.state === 'breached') ||
        a.level.deadline.localeCompare(b.level.deadline),
    );
}
