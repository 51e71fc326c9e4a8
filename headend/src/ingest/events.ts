/** Events: what meters report, and what the head-end notices about them. */
import type { PushEvent } from '@openami/wire';
import type { Arrival } from './check.ts';
import type { OpenCommit } from './gather.ts';
import type { Tally } from './tally.ts';

/** CIM end-device event: meter (3), clock (36), time (114), out of range (40). */
export const clockDriftCode = '3.36.114.40';

/** Takes the events of a message; those with an unusable time are refused. */
export function takeEvents(
  device: string,
  meter: number,
  events: readonly PushEvent[],
  arrival: Arrival,
  commit: OpenCommit,
  tally: Tally,
): void {
  const { receivedMs } = commit;
  for (const { code, at, detail } of events) {
    const second = Math.round(at);
    if (!(second > 0 && second <= arrival.futureS)) {
      tally.rejectPart('EVENT_BAD_TIME', `event ${code} at ${at}`, code, second, detail.slice(0, 80));
      continue;
    }
    const severity = severityOf(code);
    commit.events.push({ at: second, receivedMs, meter, device, code, severity, detail });
    tally.events += 1;
  }
}

/** The head-end's own event: the clock of a device is off. */
export function takeDrift(
  device: string,
  meter: number,
  driftMs: number,
  commit: OpenCommit,
  tally: Tally,
): void {
  const { receivedMs } = commit;
  const detail = `clock is ${Math.round(Math.abs(driftMs) / 1000)} s ${driftMs > 0 ? 'ahead' : 'behind'}`;
  const at = Math.floor(receivedMs / 1000);
  commit.events.push({ at, receivedMs, meter, device, code: clockDriftCode, severity: 'warning', detail });
  tally.events += 1;
}

/** CIM domains (field 2): 12 security; 26 power; action (field 4): 85 power failed, 257 tampered. */
function severityOf(code: string): 'info' | 'warning' | 'critical' {
  const [, domain, , action] = code.split('.');
  if (action === '85' && domain === '26') return 'critical';
  if (action === '257' || domain === '12') return 'warning';
  return 'info';
}
