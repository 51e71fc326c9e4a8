/** Push messages as plain JSON: what examples expect and `openami decode json` prints. */
import { formatInstant, Quality } from '@openami/model';
import type { DecodedSeries, PushMessage } from '@openami/wire';
import type { Plain } from '@openami/wire/dlms';

/** Year 10000. */
const calendarEndS = 253_402_300_800;
const qualityNames = new Map<number, string>(Object.entries(Quality).map(([name, code]) => [code, name]));

/** A message in the form of a push message; what is empty, raw or 0 is left out. */
export function plainMessage(message: PushMessage): Readonly<Record<string, Plain>> {
  const { device, sentMs, series, events, rejects } = message;
  return {
    meter: device,
    ...(sentMs === 0 ? {} : { sent: timeText(sentMs / 1_000) }),
    ...(series.length === 0 ? {} : { series: series.map(plainSeries) }),
    ...(events.length === 0
      ? {}
      : {
          events: events.map(({ code, at, detail }) => ({
            ...{ code, at: timeText(at) },
            ...(detail === '' ? {} : { detail }),
          })),
        }),
    ...(rejects.length === 0
      ? {}
      : {
          rejects: rejects.map(({ quantity, value, code }) => ({
            ...(quantity === '' ? {} : { quantity }),
            ...{ value, code },
          })),
        }),
  };
}

/** ISO text; what is beyond a calendar of four digits stays a number. */
function timeText(timeS: number): string | number {
  return timeS >= 0 && timeS < calendarEndS ? formatInstant(Math.floor(timeS)) : timeS;
}

function plainSeries({ quantity, unit, intervalS, end, value, quality, length }: DecodedSeries): Plain {
  const readings: Plain[] = [];
  for (let i = 0; i < length; i++) {
    const row = [timeText(end[i]!), Number.isNaN(value[i]!) ? null : value[i]!];
    const name = qualityNames.get(quality[i]!)!;
    readings.push(name === 'raw' || name === 'missing' ? row : [...row, name]);
  }
  return { quantity, unit, ...(intervalS === 0 ? {} : { interval: intervalS }), readings };
}
