/**
 * Draws a day on a canvas: every curve as steps over its intervals, the band, and what the quality of each
 * slot is.
 */
import { Quality, type QualityState } from '@openami/model';
import { qualityLook } from '../lib/quality.ts';
import { cssColour } from '../shell/theme.ts';

export interface Pen {
  readonly c: CanvasRenderingContext2D;
  readonly ratio: number;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  x(timeS: number): number;
  y(value: number): number;
}

/** A curve in the unit of the chart, by slot. */
export type Curve = readonly (number | null)[];

export interface Grid {
  readonly ends: readonly number[];
  readonly intervalS: number;
}

export interface Stroke {
  readonly colour: string;
  readonly widthPx: number;
  readonly dash?: readonly number[];
}

const ribbonPx = 14;
const letterPx = 9;

function clip({ c, left, top, width, height }: Pen, draw: () => void): void {
  c.save();
  c.beginPath();
  c.rect(left, top, width, height);
  c.clip();
  draw();
  c.restore();
}

/** Horizontal over each interval, upright between neighbours that both have a value. */
export function drawSteps(pen: Pen, grid: Grid, curve: Curve, stroke: Stroke): void {
  const { c, ratio } = pen;
  clip(pen, () => {
    c.strokeStyle = stroke.colour;
    c.lineWidth = stroke.widthPx * ratio;
    c.setLineDash((stroke.dash ?? []).map((px) => px * ratio));
    c.beginPath();
    let joined = false;
    curve.forEach((value, slot) => {
      const end = grid.ends[slot];
      if (value === null || end === undefined) {
        joined = false;
        return;
      }
      const from = pen.x(end - grid.intervalS);
      if (joined) c.lineTo(from, pen.y(value));
      else c.moveTo(from, pen.y(value));
      c.lineTo(pen.x(end), pen.y(value));
      joined = true;
    });
    c.stroke();
  });
}

export function drawBand(pen: Pen, grid: Grid, lower: Curve, upper: Curve, colour: string): void {
  clip(pen, () => {
    pen.c.fillStyle = colour;
    pen.c.globalAlpha = 0.22;
    grid.ends.forEach((end, slot) => {
      const [low, high] = [lower[slot], upper[slot]];
      if (low == null || high == null) return;
      const from = pen.x(end - grid.intervalS);
      pen.c.fillRect(from, pen.y(high), pen.x(end) - from, Math.max(1, pen.y(low) - pen.y(high)));
    });
  });
}

/** Dots in the middle of intervals; what lies beyond the top is shown at it, as a triangle. */
export function drawDots(pen: Pen, grid: Grid, curve: Curve, colour: string, sizePx: number): void {
  const { c, ratio } = pen;
  const size = sizePx * ratio;
  c.strokeStyle = colour;
  c.fillStyle = cssColour('--surface');
  c.lineWidth = 1.75 * ratio;
  c.setLineDash([]);
  grid.ends.forEach((end, slot) => {
    const value = curve[slot];
    if (value === null || value === undefined) return;
    const x = pen.x(end - grid.intervalS / 2);
    const y = pen.y(value);
    c.beginPath();
    if (y < pen.top) triangle(c, x, pen.top + 2 * ratio, 1.6 * size);
    else if (y > pen.top + pen.height) triangle(c, x, pen.top + pen.height - 2 * ratio, -1.6 * size);
    else c.arc(x, y, size, 0, 2 * Math.PI);
    c.fill();
    c.stroke();
  });
}

/** Its tip at (x, y); upright for a positive size. */
function triangle(c: CanvasRenderingContext2D, x: number, y: number, size: number): void {
  c.moveTo(x, y);
  c.lineTo(x - Math.abs(size) * 0.7, y + size * 1.3);
  c.lineTo(x + Math.abs(size) * 0.7, y + size * 1.3);
  c.closePath();
}

/** How a quality is drawn; a slot of which nothing is known is like a missing one. */
export function lookOf(name: string) {
  return qualityLook(name === 'absent' ? Quality.missing : (Quality[name as QualityState] ?? Quality.raw));
}

/** The strip below: a coloured cell a slot, with the letter of what is not simply valid. */
export function drawRibbon(pen: Pen, grid: Grid, quality: readonly string[]): void {
  const { c, ratio, top, height } = pen;
  const foot = top + height - ribbonPx * ratio;
  c.textAlign = 'center';
  c.textBaseline = 'middle';
  c.font = `600 ${10 * ratio}px ${cssColour('--font')}`;
  grid.ends.forEach((end, slot) => {
    const look = lookOf(quality[slot] ?? 'absent');
    const from = pen.x(end - grid.intervalS);
    const to = pen.x(end);
    c.fillStyle = cssColour(look.colour);
    c.globalAlpha = look.rank > 4 ? 1 : 0.45;
    c.fillRect(from, foot, to - from - Math.min(1, ratio), ribbonPx * ratio);
    c.globalAlpha = 1;
    if (look.rank <= 2 || to - from < letterPx * ratio) return;
    c.fillStyle = cssColour('--surface');
    c.fillText(look.letter, (from + to) / 2, foot + (ribbonPx / 2 + 0.5) * ratio);
  });
}

export function drawSlot(pen: Pen, grid: Grid, slot: number): void {
  const end = grid.ends[slot];
  if (end === undefined) return;
  const from = pen.x(end - grid.intervalS);
  pen.c.setLineDash([]);
  pen.c.strokeStyle = cssColour('--focus');
  pen.c.lineWidth = 2 * pen.ratio;
  pen.c.strokeRect(from, pen.top, Math.max(2 * pen.ratio, pen.x(end) - from), pen.height);
}

/** The slots an exception is about, behind everything. */
export function drawSpan(pen: Pen, grid: Grid, from: number, to: number): void {
  const [first, last] = [grid.ends[from], grid.ends[to]];
  if (first === undefined || last === undefined) return;
  const left = pen.x(first - grid.intervalS);
  pen.c.fillStyle = cssColour('--gap');
  pen.c.fillRect(left, pen.top, pen.x(last) - left, pen.height);
}
