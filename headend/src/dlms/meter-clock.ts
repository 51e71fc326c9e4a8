/** The clock of a meter (class 8, Blue Book "Clock"). */
import { bytesOf, type DlmsClient, type Signal, utcSecondsOf } from '@openami/wire/dlms';

export const clockTime = { classId: 8, instance: '0.0.1.0.0.255', attribute: 2 } as const;

/** What the meter takes for now, UTC seconds; NaN when it has no usable time. */
export async function clockOf(client: DlmsClient, signal?: Signal): Promise<number> {
  const bytes = bytesOf(await client.get(clockTime, undefined, signal));
  const { deviation, localOffsetMinutes } = client.session.profile;
  try {
    return bytes === undefined ? Number.NaN : utcSecondsOf(bytes, deviation, localOffsetMinutes);
  } catch {
    return Number.NaN;
  }
}
