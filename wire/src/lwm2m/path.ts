/** Paths of LwM2M (Core clause 7.2): object, instance, resource, resource instance. */
import { lwm2mErrors } from './errors.ts';

/** One to four identifiers; none is the root. */
export type Lwm2mPath = readonly number[];

const MAX_ID = 65_535;
const ID = /^(?:0|[1-9]\d{0,4})$/;

/** `/3/0/9` as its identifiers; a slash at the end is let through. Throws LWM2M_PATH. */
export function parseLwm2mPath(text: string): Lwm2mPath {
  const parts = text.length > 40 ? [''] : text.replace(/^\//, '').replace(/\/$/, '').split('/');
  if (parts.length === 1 && parts[0] === '' && text.length <= 1) return [];
  const ids = parts.map((part) => (ID.test(part) ? Number(part) : Number.NaN));
  if (ids.length <= 4 && ids.every((id) => id <= MAX_ID)) return ids;
  throw lwm2mErrors.LWM2M_PATH(text.slice(0, 60), { clause: 'LwM2M Core clause 7.2' });
}

export function lwm2mPathText(path: Lwm2mPath): string {
  return `/${path.join('/')}`;
}

/** The path itself when it is one of a resource. Throws LWM2M_PATH. */
export function resourcePath(path: Lwm2mPath): Lwm2mPath {
  if (path.length >= 3) return path;
  throw lwm2mErrors.LWM2M_PATH(`${lwm2mPathText(path)} is no resource`, { clause: 'LwM2M Core clause 7.2' });
}
