/**
 * Signatures of webhooks as Standard Webhooks has them (standardwebhooks.com, spec of 2023):
 *
 *   webhook-id         id of the event, the same however often it is sent
 *   webhook-timestamp  seconds since 1970 at which this attempt was signed
 *   webhook-signature  `v1,` + base64 of HMAC-SHA256(secret, `id.timestamp.body`); some with spaces between
 *
 * A secret is `whsec_` and base64 of its bytes. While one takes over from another, both sign.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

const prefix = 'whsec_';

/** A secret as it is shown, of 24 to 64 bytes. */
export function webhookSecretText(bytes: Uint8Array): string {
  return prefix + Buffer.from(bytes).toString('base64');
}

/** Bytes of a secret; undefined where the text is none. */
export function webhookSecretBytes(text: string): Uint8Array | undefined {
  const base64 = text.startsWith(prefix) ? text.slice(prefix.length) : undefined;
  if (base64 === undefined || !/^[A-Za-z0-9+/]{32,88}={0,2}$/.test(base64)) return undefined;
  const bytes = Buffer.from(base64, 'base64');
  return bytes.length >= 24 && bytes.length <= 64 ? bytes : undefined;
}

function hmac(secret: Uint8Array, id: string, timestampS: number, body: string): Buffer {
  return createHmac('sha256', secret).update(`${id}.${timestampS}.${body}`).digest();
}

/** The header `webhook-signature`: one signature for each secret, the newest first. */
export function webhookSignature(
  secrets: readonly Uint8Array[],
  id: string,
  timestampS: number,
  body: string,
): string {
  return secrets.map((secret) => `v1,${hmac(secret, id, timestampS, body).toString('base64')}`).join(' ');
}

export interface SignedWebhook {
  readonly id: string;
  /** As the header has it. */
  readonly timestamp: string;
  readonly signature: string;
  /** As it came, byte by byte. */
  readonly body: string;
}

/** Whether one of the signatures is right, in constant time, and the message not older than `toleranceS`. */
export function verifyWebhook(
  secret: Uint8Array,
  { id, timestamp, signature, body }: SignedWebhook,
  nowS: number,
  toleranceS = 300,
): boolean {
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(nowS - Number(timestamp)) > toleranceS) return false;
  const right = hmac(secret, id, Number(timestamp), body);
  return signature.split(' ').some((one) => {
    if (!one.startsWith('v1,')) return false;
    const given = Buffer.from(one.slice(3), 'base64');
    return given.length === right.length && timingSafeEqual(given, right);
  });
}
