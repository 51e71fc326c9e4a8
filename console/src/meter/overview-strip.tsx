/**
 * The whole history as a strip of daily totals, with the window on it. Drag the window, or click to move
 * it there. It is for the pointer; the chart's own keys do the same for the keyboard.
 */
import type { DailyItem } from '@openami/server/contract';
import { type PointerEvent, useEffect, useRef } from 'react';
import { clamp, type Window } from '../lib/window.ts';
import { dayNumber, dayOf, dayStart } from '../lib/zone.ts';
import { cssColour, useShade } from '../shell/theme.ts';
import { useSiteClock } from '../site.tsx';
import { useSize } from '../ui/use-size.ts';

export function OverviewStrip(props: {
  readonly days: readonly DailyItem[];
  readonly zone: string;
  readonly bounds: Window;
  readonly window: Window;
  readonly onWindow: (window: Window) => void;
}) {
  const { days, zone, bounds, window, onWindow } = props;
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width, height } = useSize(box);
  const shade = useShade();
  const grip = useRef<number>(undefined);
  const size = bounds.to - bounds.from;
  const today = dayOf(zone, useSiteClock().nowMs() / 1000);
  useEffect(() => {
    if (canvas.current && width > 0) draw(canvas.current, width, height, { days, zone, bounds, today });
  }, [days, zone, bounds, today, width, height, shade]);

  const timeAt = (e: PointerEvent) => {
    const rect = box.current!.getBoundingClientRect();
    return bounds.from + ((e.clientX - rect.left) / rect.width) * size;
  };
  const moveTo = (from: number) => onWindow(clamp({ from, to: from + window.to - window.from }, bounds));
  return (
    <div
      className="overview-strip"
      ref={box}
      aria-hidden="true"
      onPointerDown={(e) => {
        const at = timeAt(e);
        const inside = at >= window.from && at <= window.to;
        const half = (window.to - window.from) / 2;
        grip.current = inside ? at - window.from : half;
        e.currentTarget.setPointerCapture(e.pointerId);
        if (!inside) moveTo(at - half);
      }}
      onPointerMove={(e) => grip.current !== undefined && moveTo(timeAt(e) - grip.current)}
      onPointerUp={() => {
        grip.current = undefined;
      }}
    >
      <canvas ref={canvas} />
      <div
        className="brush"
        style={{
          left: `${((window.from - bounds.from) / size) * 100}%`,
          width: `${((window.to - window.from) / size) * 100}%`,
        }}
      />
    </div>
  );
}

interface History {
  readonly days: readonly DailyItem[];
  readonly zone: string;
  readonly bounds: Window;
  readonly today: number;
}

function draw(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
  { days, zone, bounds, today }: History,
): void {
  canvas.width = width * devicePixelRatio;
  canvas.height = height * devicePixelRatio;
  const c = canvas.getContext('2d');
  if (!c) return;
  c.scale(devicePixelRatio, devicePixelRatio);
  const top = days.reduce((a, d) => Math.max(a, d.total), 0) || 1;
  const perSecond = width / (bounds.to - bounds.from);
  const [complete, gaps, running] = ['--total', '--q-questionable', '--q-projected'].map(cssColour);
  c.globalAlpha = 0.75;
  for (const day of days) {
    const number = dayNumber(day.day);
    const x = (dayStart(zone, number) - bounds.from) * perSecond;
    const size = (Math.max(0, day.total) / top) * (height - 4);
    // A day that is not over has no gaps yet.
    c.fillStyle = number >= today ? running! : day.count < day.expected ? gaps! : complete!;
    c.fillRect(x, height - size, Math.max(1, 86_400 * perSecond - 0.5), size);
  }
}
