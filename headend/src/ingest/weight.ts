/** What decoded input weighs, for the account of what is under way. */
import type { PushMessage } from '@openami/wire';

/** A row of a series in memory. */
export const rowBytes = 24;

export function messagesBytes(messages: readonly PushMessage[] = []): number {
  let rows = 0;
  for (const message of messages) for (const series of message.series) rows += series.length;
  return rows * rowBytes;
}
