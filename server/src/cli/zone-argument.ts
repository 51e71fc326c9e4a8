import { isZone } from '@openami/model';
import { serverErrors } from '../errors.ts';

/** A zone given on the command line. Throws USAGE. */
export function zoneArgument(text: string): string {
  if (isZone(text)) return text;
  throw serverErrors.USAGE(`--zone: "${text}" is neither an IANA zone such as Europe/Berlin nor an offset`);
}
