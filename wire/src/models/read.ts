/** Telegrams of samples: wired or wireless, in hex. */
import { bytesOfHex } from '../bytes.ts';
import { mbusErrors } from '../mbus/errors.ts';
import { Formats } from '../mbus/formats.ts';
import { FragmentAssembler } from '../mbus/layer/afl.ts';
import { type MbusKey, mbusKeyOfHex } from '../mbus/security/key.ts';
import { decodeEither, type MbusTelegram } from '../mbus/telegram.ts';

/** Hex of 16 or 8 bytes. Raises MBUS_BAD_KEY. */
export function keyOfHex(key: string | undefined): MbusKey | undefined {
  return key === undefined || key === '' ? undefined : mbusKeyOfHex(key);
}

/** The telegrams of one meter, one after the other. Raises errors of MBUS_…. */
export function telegramsOfHex(
  hex: string | readonly string[],
  key: MbusKey | undefined,
  formats: Formats = new Formats(),
): MbusTelegram[] {
  const options = { key, formats, fragments: new FragmentAssembler(), partial: true };
  return [hex].flat().flatMap((one: string) => {
    const bytes = bytesOfHex(one);
    if (bytes === undefined) throw mbusErrors.MBUS_BAD_FRAME('not pairs of hexadecimal digits');
    return decodeEither(bytes, options);
  });
}
