/**
 * Draws a profile on a canvas: single intervals as steps while there is room, pixel columns from least to
 * greatest when there is not; gaps as shaded stretches; a ribbon of quality at the foot. Anything that is
 * not simply raw or valid also carries a letter, so that colour is never alone.
 */
import { Quality } from '@openami/model';
import { decimate, type Gap, means, type Profile, visibleRange } from '../lib/decimate.ts';
import { qualityLook, qualityLooks } from '../lib/quality.ts';
import type { Window } from '../lib/window.ts';
import { cssColour } from '../shell/theme.ts';

/** Where to draw, in canvas pixels, and how time and value map to them. */
export interface Plot {
  readonly context: CanvasRenderingContext2D;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly ratio: number;
  readonly x: (timeS: number) => number;
  readonly y: (value: number) => number;
}

export interface Palette {
  readonly quality: Readonly<Record<number, string>>;
  readonly gap: string;
  readonly gapLine: string;
  readonly compare: string;
  readonly mean: string;
  readonly surface: string;
  readonly text: string;
}

/** Colours as they are now; read once a theme. */
export function readPalette(): Palette {
  return {
    quality: Object.fromEntries(qualityLooks.map((l) => [l.code, cssColour(l.colour)])),
    gap: cssColour('--gap'),
    gapLine: cssColour('--gap-line'),
    compare: cssColour('--compare'),
    mean: cssColour('--text'),
    surface: cssColour('--surface'),
    text: cssColour('--text-2'),
  };
}

/** CSS pixels an interval needs to be drawn as a step of its own. */
const stepPx = 1;
const letterPx = 11;
const ribbonPx = 5;

export function drawGaps(plot: Plot, gaps: readonly Gap[], window: Window, palette: Palette): void {
  const { context: c, top, height, ratio } = plot;
  for (const gap of gaps) {
    if (gap.to <= window.from || gap.from >= window.to) continue;
    const from = plot.x(Math.max(gap.from, window.from));
    const to = plot.x(Math.min(gap.to, window.to));
    const width = Math.max(ratio, to - from);
    c.fillStyle = palette.gap;
    c.fillRect(from, top, width, height);
    c.fillStyle = palette.gapLine;
    c.fillRect(from, top, width, 2 * ratio);
    c.fillRect(from, top + height - ribbonPx * ratio, width, ribbonPx * ratio);
  }
}

/** True where the window shows so many intervals that they must share pixel columns. */
function isDense(plot: Plot, profile: Profile, window: Window): boolean {
  const [first, last] = visibleRange(profile, window.from, window.to);
  return last - first > plot.width / plot.ratio / stepPx;
}

/** Draws the readings, in the colours of their quality or all in `single`. */
export function drawProfile(
  plot: Plot,
  profile: Profile,
  window: Window,
  palette: Palette,
  single?: string,
): void {
  const { context: c, left, top, width, height } = plot;
  c.save();
  c.beginPath();
  c.rect(left, top, width, height);
  c.clip();
  if (isDense(plot, profile, window)) drawColumns(plot, profile, window, palette, single);
  else drawSteps(plot, profile, window, palette, single);
  c.restore();
}

/**
 * A band from the least to the greatest value of each column, and the mean as a line on it: the band shows
 * the peaks, the line the course.
 */
function drawColumns(plot: Plot, profile: Profile, window: Window, palette: Palette, single?: string): void {
  const { context: c, left, top, height, ratio } = plot;
  const count = Math.max(1, Math.floor(plot.width / ratio));
  const columns = decimate(profile, window.from, window.to, count);
  const widthPx = plot.width / count;
  const band = new Map<string, Path2D>();
  let before = -2;
  for (let i = 0; i < count; i++) {
    if (columns.count[i] === 0) continue;
    const worst = columns.worst[i]!;
    const colour = single ?? palette.quality[worst]!;
    const path = band.get(colour) ?? new Path2D();
    band.set(colour, path);
    const x = left + (i + 0.5) * widthPx;
    const joined = before === i - 1;
    // The band takes in the neighbour's last value, so that a steep line does not break between columns.
    const lowest = joined ? Math.min(columns.min[i]!, columns.last[before]!) : columns.min[i]!;
    const highest = joined ? Math.max(columns.max[i]!, columns.last[before]!) : columns.max[i]!;
    path.moveTo(x, Math.max(plot.y(lowest), plot.y(highest) + ratio));
    path.lineTo(x, plot.y(highest));
    before = i;
    if (!single && needsMark(worst)) {
      c.fillStyle = colour;
      c.fillRect(left + i * widthPx, top + height - ribbonPx * ratio, Math.ceil(widthPx), ribbonPx * ratio);
    }
  }
  const [first, last] = visibleRange(profile, window.from, window.to);
  const crowded = last - first > 3 * count;
  c.lineWidth = Math.max(1, widthPx);
  for (const [colour, path] of band) {
    c.globalAlpha = single ? 0.4 : crowded ? 0.42 : 0.9;
    c.strokeStyle = colour;
    c.stroke(path);
  }
  c.globalAlpha = 1;
  if (!crowded) return;
  c.lineWidth = 1.25 * ratio;
  c.globalAlpha = 0.85;
  c.lineJoin = 'round';
  c.strokeStyle = single ?? palette.mean;
  c.stroke(meanLine(plot, profile, window));
}

/** The course of the means: a day each, or a few days where a column holds more than one. */
function meanLine({ width, ratio, x, y }: Plot, profile: Profile, window: Window): Path2D {
  const path = new Path2D();
  const columnS = ((window.to - window.from) / width) * ratio;
  const stepS = Math.max(1, Math.ceil(columnS / 86_400)) * 86_400;
  let before = Number.NaN;
  for (const { middle, mean } of means(profile, window.from, window.to, stepS)) {
    if (middle - before === stepS) path.lineTo(x(middle), y(mean));
    else path.moveTo(x(middle), y(mean));
    before = middle;
  }
  return path;
}

/** Raw and valid are the usual: only the rest is marked at the foot. */
function needsMark(code: number): boolean {
  return code !== Quality.raw && code !== Quality.valid;
}

function drawSteps(plot: Plot, profile: Profile, window: Window, palette: Palette, single?: string): void {
  const { context: c, ratio } = plot;
  const { end, value, quality, intervalS } = profile;
  const [first, last] = visibleRange(profile, window.from, window.to);
  const zero = plot.y(0);
  const foot = plot.top + plot.height;
  const base = Math.min(foot, Math.max(plot.top, zero));
  let joined = Number.NaN;
  c.lineWidth = (single ? 1.25 : 1.75) * ratio;
  if (single) c.setLineDash([4 * ratio, 3 * ratio]);
  for (let i = first; i < last; i++) {
    const q = quality[i]!;
    if (q === Quality.missing) continue;
    const from = plot.x(end[i]! - intervalS);
    const to = plot.x(end[i]!);
    const at = plot.y(value[i]!);
    const colour = single ?? palette.quality[q]!;
    if (!single) {
      c.fillStyle = colour;
      c.globalAlpha = 0.14;
      c.fillRect(from, Math.min(at, base), to - from, Math.abs(base - at));
      c.globalAlpha = 1;
      drawMark(plot, q, from, to, at, palette);
    }
    c.strokeStyle = colour;
    c.beginPath();
    // A riser joins neighbours; after a gap the line starts anew.
    if (i > first && end[i - 1]! === end[i]! - intervalS && !Number.isNaN(joined)) c.moveTo(from, joined);
    else c.moveTo(from, at);
    c.lineTo(from, at);
    c.lineTo(to, at);
    c.stroke();
    joined = at;
  }
  c.setLineDash([]);
}

/** Ribbon piece at the foot, and the letter of its quality above the step where there is room. */
function drawMark(plot: Plot, code: number, from: number, to: number, at: number, palette: Palette): void {
  if (!needsMark(code)) return;
  const { context: c, ratio } = plot;
  const foot = plot.top + plot.height;
  c.fillStyle = palette.quality[code]!;
  c.fillRect(from, foot - ribbonPx * ratio, to - from, ribbonPx * ratio);
  if (to - from < letterPx * ratio) return;
  c.font = `600 ${10 * ratio}px system-ui, sans-serif`;
  c.textAlign = 'center';
  c.fillStyle = palette.text;
  c.fillText(qualityLook(code).letter, (from + to) / 2, Math.max(plot.top + 10 * ratio, at - 4 * ratio));
}
