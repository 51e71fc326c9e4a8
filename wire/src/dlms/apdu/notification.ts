/** What a meter sends by itself (IEC 62056-5-3 clause 8: EventNotification-Request, Data-Notification). */
import { attributeDescriptor } from './common.ts';
import { type Codec, data, octets, optional, sequence, u32 } from './schema.ts';

export const eventNotificationRequest = sequence({
  time: optional(octets),
  attribute: attributeDescriptor,
  value: data,
});

/**
 * The date-time of a notification: empty or 12 bytes after their length. Some meters (Kaifa) write the
 * tag of an octet-string before it. A length of nine is no date-time, so `09 0C` can mean only that; the
 * bytes keep the tag, so that they are written as they came.
 */
export const notificationTime: Codec<Uint8Array> = {
  read(reader) {
    const start = reader.at;
    const length = reader.length();
    if (length !== 9 || reader.peek() !== 12) return reader.take(length);
    reader.at = start;
    return reader.take(14);
  },
  write(writer, value) {
    if (isTagged(value)) writer.raw(value);
    else octets.write(writer, value);
  },
};

function isTagged(value: Uint8Array): boolean {
  return value.length === 14 && value[0] === 9 && value[1] === 12;
}

/** The 12 bytes of a notification's date-time, without a stray tag; undefined when there is none. */
export function notificationDateTime(value: Uint8Array): Uint8Array | undefined {
  if (isTagged(value)) return value.subarray(2);
  return value.length === 12 ? value : undefined;
}

/** `dateTime` is empty or see `notificationDateTime`. */
export const dataNotification = sequence({ invoke: u32, dateTime: notificationTime, body: data });
