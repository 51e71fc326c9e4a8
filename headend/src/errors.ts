import { defineErrors, errorCatalogue } from '@openami/model';

const caller = { fault: 'caller', status: 400 } as const;
const reading = { fault: 'caller', status: 422 } as const;

/** Failures of taking a message: the sender must send again, nothing of it was acknowledged. */
export const ingestErrors = defineErrors({
  INGEST_BUSY: {
    fault: 'ours',
    status: 503,
    title: 'Too many messages wait to be stored.',
    hint: 'Send again later with back-off; if it lasts, look at the writer queue on the overview page.',
  },
  INGEST_CLOSED: {
    fault: 'closed',
    status: 503,
    title: 'The head-end is shutting down.',
    hint: 'Send again when it is back.',
  },
  BODY_TOO_LARGE: {
    fault: 'caller',
    status: 413,
    title: 'The body is larger than the limit.',
    hint: 'Send it in smaller parts: readings up to 10 MB, most else up to 1 MB.',
  },
  BODY_ENCODING: {
    fault: 'caller',
    status: 415,
    title: 'The content encoding is not known.',
    hint: 'Send the body as it is or packed once with gzip.',
  },
  BODY_TIMEOUT: {
    fault: 'timeout',
    status: 408,
    title: 'The body stopped arriving or arrived too slowly.',
    hint: 'Check the connection and send it again, in smaller bodies on a slow line; a repeat is harmless.',
  },
  BODY_BROKEN: {
    ...caller,
    title: 'The body broke off or its compression is damaged.',
    hint: 'Compress the whole body with gzip and send it again.',
  },
});

/** Why a reading or message is refused; kept as the code of its rejection. */
export const readingErrors = defineErrors({
  DEVICE_MISSING: {
    ...caller,
    title: 'The message names no meter.',
    hint: 'Send `meter`, or publish to the topic of the meter.',
  },
  DEVICE_NOT_ALLOWED: {
    fault: 'caller',
    status: 403,
    title: 'The sender may not report for this meter.',
    hint: 'Let the meter report for itself, or add it to what the gateway may report for.',
  },
  READING_NOT_FINITE: {
    ...reading,
    title: 'The value is not a finite number.',
    hint: 'Send null where there is no value.',
  },
  READING_BAD_TIME: {
    ...reading,
    title: 'The interval end is no time between 1970 and 2106.',
    hint: 'Send seconds, not milliseconds, since 1970, or ISO-8601.',
  },
  READING_FUTURE: {
    ...reading,
    title: 'The interval ends in the future.',
    hint: 'Set the clock of the meter; time stamps are UTC and name the end of the interval.',
  },
  READING_BEFORE_INSTALLATION: {
    ...reading,
    title: 'The reading is older than the installation of the meter.',
    hint: 'Correct the installation date of the meter, then send or import the reading again.',
  },
  READING_AFTER_REMOVAL: {
    ...reading,
    title: 'The reading is later than the removal of the meter.',
    hint: 'Correct the removal date of the meter, then send or import the reading again.',
  },
  READING_INTERVAL_MISMATCH: {
    ...reading,
    title: 'The interval length is not that of the channel.',
    hint: 'Send the interval the channel was registered with, or register a channel for this one.',
  },
  READING_WRONG_UNIT: {
    ...reading,
    title: 'The unit does not measure what the channel measures.',
    hint: 'Send a unit of the same kind as the unit of the channel (such as kWh for Wh).',
  },
  READING_NEGATIVE: {
    ...reading,
    title: 'A delivered or received quantity is negative.',
    hint: 'Report what flows back on a channel of its own, or register the channel as net.',
  },
  READING_TOO_LARGE: {
    ...reading,
    title: 'The value has more counts than can be stored exactly.',
    hint: 'Check the unit; if it is right, register the channel with a coarser resolution.',
  },
  EVENT_BAD_TIME: {
    ...reading,
    title: 'The event lies in the future or has no usable time.',
    hint: 'Set the clock of the meter; time stamps are UTC.',
  },
  INGEST_FAULT: {
    fault: 'ours',
    status: 500,
    title: 'The head-end failed to read a message that looked well.',
    hint: 'The message is kept as a frame; report it with the log line of this time.',
  },
  REJECTIONS_CUT: {
    ...reading,
    title: 'More of this body was refused than is kept one by one.',
    hint: 'Look at the rejections kept before it; the detail counts the others by code.',
  },
});

/** Failures of the MQTT front. */
export const mqttErrors = defineErrors({
  MQTT_LISTEN_FAILED: {
    fault: 'ours',
    status: 500,
    title: 'The MQTT broker cannot listen.',
    hint: 'Set OPENAMI_MQTT_PORT (OPENAMI_MQTT_TLS_PORT) to a free port; check key and certificate.',
  },
  MQTT_NOT_CONNECTED: {
    fault: 'peer',
    status: 503,
    title: 'The MQTT broker or the device is not connected.',
    hint: 'Check the broker URL and that the device is online, then send again.',
  },
  MQTT_PACKET_TOO_LARGE: {
    fault: 'peer',
    status: 413,
    title: 'An MQTT packet is larger than the limit.',
    hint: 'Send the readings in several messages.',
  },
  MQTT_VERSION: {
    fault: 'peer',
    status: 400,
    title: 'The client speaks MQTT 5, the embedded broker 3.1.1.',
    hint: 'Set the protocol version of the client to 3.1.1, or use a broker of your own with MQTT 5.',
  },
  MQTT_DENIED: {
    fault: 'peer',
    status: 403,
    title: 'A device used a topic that is not its own.',
    hint: 'Publish to openami/v1/{serial}/readings or events; subscribe to openami/v1/{serial}/commands/#.',
  },
});

/** The title of a declared code, for the detail of a rejection. */
export function titleOf(code: string): string {
  return errorCatalogue.get(code)?.title ?? code;
}
