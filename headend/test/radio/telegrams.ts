/** Telegrams of meters that exist in no street. */
import { bytesOfHex } from '@openami/wire';
import { AesKey, encodeWirelessTelegram, type MbusAddress, type SendSecurity } from '@openami/wire/mbus';

export const meter = (number: number, more: Partial<MbusAddress> = {}): MbusAddress => ({
  ...{ manufacturer: 'OAM', id: String(10_000_000 + number), version: 1, type: 7 },
  ...more,
});

export const keyBytes = bytesOfHex('000102030405060708090a0b0c0d0e0f')!;
export const key = new AesKey(keyBytes);
export const otherKey = new AesKey(bytesOfHex('00112233445566778899aabbccddeeff')!);

/** A water register of so many litres (DIF 04, VIF 13). */
export function water(litres: number): Uint8Array {
  const payload = new Uint8Array([0x04, 0x13, 0, 0, 0, 0]);
  new DataView(payload.buffer).setUint32(2, litres, true);
  return payload;
}

export function telegram(
  of: MbusAddress,
  accessNumber: number,
  payload: Uint8Array,
  security: SendSecurity = { mode: 0 },
  status = 0,
): Uint8Array {
  return encodeWirelessTelegram({ meter: of, accessNumber, status, payload, security, header: 'short' });
}

export const secure: SendSecurity = { mode: 5, key };
