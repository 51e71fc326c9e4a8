/** Events: what meters report, and what the head-end notices about them. */
import { clockDriftEvent, eventSeverity } from '@openami/model';
import type { PushEvent } from '@openami/wire';
import type { Arrival } from './check.ts';
import type { OpenCommit } from './gather.ts';
import type { Tally } from './tally.ts';

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
    const severity = eventSeverity(code);
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
  commit.events.push({
    at,
    receivedMs,
    meter,
    device,
    code: clockDriftEvent,
    severity: eventSeverity(clockDriftEvent),
    detail,
  });
  tally.events += 1;
}
