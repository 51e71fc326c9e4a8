/** A file that states an interval twice with different values means the last one. */
import type { DeviceSeries } from '@openami/headend';

/**
 * The series without the rows that a later row of the same meter, quantity and interval replaces by another
 * value; `onReplaced` is told of each. Without this, each import of the file would store a correction and
 * take it back again.
 */
export function statedOnce<S extends DeviceSeries>(
  all: readonly S[],
  onReplaced: (series: S, row: number) => void,
): readonly S[] {
  const groups = new Map<string, S[]>();
  for (const one of all) {
    const key = `${one.device}\n${one.quantity}\n${one.intervalS}`;
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  const shortened = new Map<S, S>();
  for (const group of groups.values()) {
    if (rising(group)) continue;
    for (const [series, rows] of replacedIn(group)) {
      for (const row of rows) onReplaced(series, row);
      shortened.set(series, without(series, rows));
    }
  }
  return shortened.size === 0 ? all : all.map((one) => shortened.get(one) ?? one);
}

/** No interval can come twice where ends only grow. */
function rising(group: readonly DeviceSeries[]): boolean {
  let last = Number.NEGATIVE_INFINITY;
  for (const { end, length } of group) {
    for (let row = 0; row < length; row++) {
      if (!(end[row]! > last)) return false;
      last = end[row]!;
    }
  }
  return true;
}

function replacedIn<S extends DeviceSeries>(group: readonly S[]): Map<S, Set<number>> {
  const stated = new Map<number, { readonly series: S; readonly row: number }>();
  const replaced = new Map<S, Set<number>>();
  for (const series of group) {
    const { end, value, quality, length } = series;
    for (let row = 0; row < length; row++) {
      const before = stated.get(end[row]!);
      stated.set(end[row]!, { series, row });
      if (!before) continue;
      const same = before.series.value[before.row] === value[row];
      if (same && before.series.quality[before.row] === quality[row]) continue;
      const rows = replaced.get(before.series);
      if (rows) rows.add(before.row);
      else replaced.set(before.series, new Set([before.row]));
    }
  }
  return replaced;
}

function without<S extends DeviceSeries>(series: S, rows: ReadonlySet<number>): S {
  const keep = (_: unknown, row: number): boolean => !rows.has(row);
  const { end, value, quality, flags, line, stated, length } = series;
  return {
    ...series,
    end: end.slice(0, length).filter(keep),
    value: value.slice(0, length).filter(keep),
    quality: quality.slice(0, length).filter(keep),
    ...(flags ? { flags: flags.slice(0, length).filter(keep) } : {}),
    ...(line ? { line: line.slice(0, length).filter(keep) } : {}),
    ...(stated ? { stated: Array.from({ length }, (_, row) => stated[row]).filter(keep) } : {}),
    length: length - rows.size,
  };
}
