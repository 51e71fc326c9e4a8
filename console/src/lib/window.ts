/**
 * The stretch of time a chart shows: presets in whole local days, panning, zooming, and the period before
 * it for comparison. All in epoch seconds; whole days follow the site's clock, so a "day" may have 23 or
 * 25 hours.
 */
import { addMonths, dayOf, dayStart } from './zone.ts';

export interface Window {
  readonly from: number;
  readonly to: number;
}

export const presets = ['day', 'week', 'month', 'year', 'all'] as const;
export type Preset = (typeof presets)[number];

/** The preset's window that ends with the local day of `atS`, inside `all`, the extent of the data. */
export function presetWindow(preset: Preset, zone: string, atS: number, all: Window): Window {
  if (preset === 'all') return all;
  // A stamp is an interval's end: midnight belongs to the day before.
  const last = dayOf(zone, atS - 1);
  const to = dayStart(zone, last + 1);
  const lengths = {
    day: () => last,
    week: () => last - 6,
    month: () => last - 29,
    year: () => addMonths(last + 1, -12),
  };
  return clamp({ from: dayStart(zone, lengths[preset]()), to }, all);
}

/** Moves by a share of the length, kept inside `bounds`. */
export function pan(window: Window, share: number, bounds: Window): Window {
  return clamp(
    { from: window.from + length(window) * share, to: window.to + length(window) * share },
    bounds,
  );
}

/** Zooms about `centreS`: factor 0.5 shows half as much. Never shorter than `leastS`. */
export function zoom(window: Window, factor: number, centreS: number, bounds: Window, leastS = 3600): Window {
  const target = Math.max(leastS, Math.min(length(bounds), length(window) * factor));
  const share = length(window) === 0 ? 0.5 : (centreS - window.from) / length(window);
  const from = centreS - target * Math.min(1, Math.max(0, share));
  return clamp({ from, to: from + target }, bounds);
}

/** Shifts (never shrinks, unless longer than `bounds`) so that it lies inside `bounds`. */
export function clamp(window: Window, bounds: Window): Window {
  const size = Math.min(length(window), length(bounds));
  const from = Math.min(Math.max(window.from, bounds.from), bounds.to - size);
  return { from, to: from + size };
}

/** Edges on whole quarter hours: what is dragged then reads `09:15`, not `09:13`. */
export function wholeSteps({ from, to }: Window): Window {
  const stepS = 900;
  const start = Math.round(from / stepS) * stepS;
  return { from: start, to: Math.max(start + stepS, Math.round(to / stepS) * stepS) };
}

/** The period before, as many whole local days: midnight lies on midnight across a clock change. */
export function previousWindow(window: Window, zone: string): Window {
  const first = dayOf(zone, window.from);
  const days = Math.max(1, Math.round(length(window) / 86_400));
  // Weeks compare with weeks: a Monday with a Monday.
  const step = days >= 7 ? Math.ceil(days / 7) * 7 : days;
  const from = dayStart(zone, first - step) + (window.from - dayStart(zone, first));
  return { from, to: from + length(window) };
}

/** Blocks of whole 64 UTC days that cover the window: the unit in which readings are fetched and kept. */
export function blocks(window: Window): Window[] {
  const sizeS = 64 * 86_400;
  const out: Window[] = [];
  for (let i = Math.floor(window.from / sizeS); i * sizeS < window.to; i++) {
    out.push({ from: i * sizeS, to: (i + 1) * sizeS });
  }
  return out;
}

/** The preset that a window equals, to mark its button. */
export function presetOf(window: Window, zone: string, atS: number, all: Window): Preset | undefined {
  return presets.find((preset) => {
    const w = presetWindow(preset, zone, atS, all);
    return Math.abs(w.from - window.from) < 60 && Math.abs(w.to - window.to) < 60;
  });
}

function length(window: Window): number {
  return window.to - window.from;
}
