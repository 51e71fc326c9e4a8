/** When a frame was sent, by the best clock that heard it. */
import type { RxPath } from './event.ts';

export type TimeSource = 'device' | 'gateway' | 'server' | 'reception';

export interface FrameTime {
  /** ms since 1970. */
  readonly ms: number;
  readonly source: TimeSource;
}

interface Heard {
  readonly rx: readonly RxPath[];
  readonly serverMs: number | null;
}

const DAY_MS = 86_400_000;
/** Clocks of gateways that are set differ by less. */
const AHEAD_MS = 60_000;
/** A gateway that lost its uplink may hold frames; only one with a satellite clock is believed for long. */
const HELD_MS = DAY_MS;
const GPS_HELD_MS = 7 * DAY_MS;
/** A meter's own clock may run fast by this. */
const DEVICE_AHEAD_MS = 3_600_000;
/** Meters send values of the past by their own time stamps: a good year of monthly ones. */
const DEVICE_OLD_MS = 800 * DAY_MS;

/**
 * The time of a frame: of the best gateway whose clock is plausible (satellite time first, then the best
 * signal), else of the network server, else of reception.
 */
export function frameTime({ rx, serverMs }: Heard, receivedMs: number): FrameTime {
  const known = serverMs ?? receivedMs;
  let best: RxPath | undefined;
  for (const path of rx) {
    if (!isPlausible(path, known)) continue;
    if (best === undefined || isBetter(path, best)) best = path;
  }
  if (best?.gatewayMs != null) return { ms: best.gatewayMs, source: 'gateway' };
  return serverMs === null ? { ms: receivedMs, source: 'reception' } : { ms: serverMs, source: 'server' };
}

function isPlausible({ gatewayMs, isGpsTime }: RxPath, knownMs: number): boolean {
  if (gatewayMs === null) return false;
  return gatewayMs <= knownMs + AHEAD_MS && gatewayMs >= knownMs - (isGpsTime ? GPS_HELD_MS : HELD_MS);
}

function isBetter(a: RxPath, b: RxPath): boolean {
  if (a.isGpsTime !== b.isGpsTime) return a.isGpsTime;
  const louder = (a.snrDb ?? -99) - (b.snrDb ?? -99) || (a.rssiDbm ?? -999) - (b.rssiDbm ?? -999);
  return louder > 0;
}

/** Whether a time that a meter states can be true for a frame of that time. */
export function isPlausibleDeviceTime(deviceMs: number, frameMs: number): boolean {
  return deviceMs <= frameMs + DEVICE_AHEAD_MS && deviceMs >= frameMs - DEVICE_OLD_MS;
}
