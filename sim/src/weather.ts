/**
 * Weather of the town in steps of 15 minutes: seasons, days, fronts that pass, clouds.
 *
 *   temperature = season + fronts (4-day and 1-day smooth noise) + swing of the day, weaker under clouds
 *   irradiance  = clear sky by solar height (Haurwitz) x cloud damping (Kasten and Czeplak)
 */
import { DAY_S, type LocalDays, SLOT_S } from './calendar.ts';
import { Stream, smoothNoise } from './random.ts';

export interface Place {
  readonly lat: number;
  readonly lon: number;
}

/** One local day; element i belongs to the slot that starts at `startS + i * 900`. */
export interface WeatherDay {
  readonly startS: number;
  readonly slots: number;
  readonly temperatureC: Float64Array;
  /** Global horizontal irradiance, W/m2. */
  readonly irradianceWm2: Float64Array;
  /** 0 clear .. 1 overcast. */
  readonly cloud: Float64Array;
  /** Sine of the sun's height; negative at night. */
  readonly sunHeight: Float64Array;
  /** Sun's azimuth, radians from south, west positive. */
  readonly sunAzimuth: Float64Array;
  /** Local quarter of the day, 0..95, by wall clock. */
  readonly localQuarter: Uint8Array;
  readonly meanC: number;
}

const RAD = Math.PI / 180;
const CLEAR_SKY_WM2 = 1098;

/** Weather of one local day, from nothing but the seed. */
export function weatherDay(seed: number, place: Place, days: LocalDays, day: number): WeatherDay {
  const startS = days.start(day);
  const slots = (days.start(day + 1) - startS) / SLOT_S;
  const weather: WeatherDay & { meanC: number } = {
    startS,
    slots,
    temperatureC: new Float64Array(slots),
    irradianceWm2: new Float64Array(slots),
    cloud: new Float64Array(slots),
    sunHeight: new Float64Array(slots),
    sunAzimuth: new Float64Array(slots),
    localQuarter: new Uint8Array(slots),
    meanC: 0,
  };
  let sum = 0;
  for (let i = 0; i < slots; i++) {
    const at = startS + i * SLOT_S + SLOT_S / 2;
    const local = at + days.offset(at - SLOT_S / 2);
    weather.localQuarter[i] = Math.floor((((local % DAY_S) + DAY_S) % DAY_S) / SLOT_S);
    const cloud = cloudAt(seed, at);
    weather.cloud[i] = cloud;
    sunAt(weather, i, at, place);
    const height = weather.sunHeight[i]!;
    if (height > 0.01) {
      const clear = CLEAR_SKY_WM2 * height * Math.exp(-0.057 / height);
      weather.irradianceWm2[i] = clear * (1 - 0.75 * cloud ** 3.4);
    }
    weather.temperatureC[i] = temperatureAt(seed, at, cloud, place);
    sum += weather.temperatureC[i]!;
  }
  weather.meanC = sum / slots;
  return weather;
}

function cloudAt(seed: number, at: number): number {
  const front = smoothNoise(seed, Stream.cloudSlow, at / (2.5 * DAY_S));
  const patch = smoothNoise(seed, Stream.cloudFast, at / (2.2 * 3600));
  return 1 / (1 + Math.exp(-(0.9 + 4.5 * front + 1.6 * patch)));
}

function temperatureAt(seed: number, at: number, cloud: number, place: Place): number {
  const yearPhase = ((at / DAY_S - 18) % 365.2425) / 365.2425;
  const season = 9.8 - 9.2 * Math.cos(2 * Math.PI * yearPhase);
  const fronts =
    4.5 * smoothNoise(seed, Stream.synoptic, at / (4 * DAY_S)) +
    1.6 * smoothNoise(seed, Stream.dayToDay, at / DAY_S);
  const solarHour = (at / 3600 + place.lon / 15) % 24;
  const swing = (1.5 + 3.5 * (1 - cloud)) * Math.cos((2 * Math.PI * (solarHour - 15)) / 24);
  return season + fronts + swing;
}

function sunAt(weather: WeatherDay, i: number, at: number, place: Place): void {
  const dayOfYear = (at / DAY_S) % 365.2425;
  const declination = 23.44 * RAD * Math.sin((2 * Math.PI * (dayOfYear - 80)) / 365.2425);
  const hourAngle = ((at / 3600 + place.lon / 15) % 24) * 15 * RAD - Math.PI;
  const lat = place.lat * RAD;
  const height =
    Math.sin(lat) * Math.sin(declination) + Math.cos(lat) * Math.cos(declination) * Math.cos(hourAngle);
  weather.sunHeight[i] = height;
  weather.sunAzimuth[i] = Math.atan2(
    Math.sin(hourAngle),
    Math.cos(hourAngle) * Math.sin(lat) - Math.tan(declination) * Math.cos(lat),
  );
}
