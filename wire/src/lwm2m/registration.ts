/** What a device says of itself when it registers (LwM2M Core clause 6.2). */
import { utf8Text } from '../text.ts';
import { lwm2mErrors } from './errors.ts';
import { type CoreLink, parseLinks } from './link-format.ts';
import { type Lwm2mPath, parseLwm2mPath } from './path.ts';

export interface Lwm2mRegistration {
  readonly endpoint: string;
  readonly lifetimeS: number;
  /** `1.0`, `1.1`, `1.2`. */
  readonly version: string;
  readonly binding: string;
  /** It sleeps: it listens for a while after each of its requests only. */
  readonly isQueued: boolean;
  readonly sms?: string;
  /** Where its objects begin; empty where at the root. */
  readonly rootPath: string;
  /** Content formats it has besides those it must. */
  readonly contentFormats: readonly number[];
  readonly objects: readonly Lwm2mObjectLink[];
}

export interface Lwm2mObjectLink {
  /** Object, and instance where there is one. */
  readonly path: Lwm2mPath;
  readonly version?: string;
}

/** What an update may change; what is absent stays. */
export type Lwm2mUpdate = Partial<Pick<Lwm2mRegistration, 'lifetimeS' | 'binding' | 'isQueued' | 'sms'>> &
  Partial<Pick<Lwm2mRegistration, 'rootPath' | 'contentFormats' | 'objects'>>;

const DEFAULT_LIFETIME_S = 86_400;
const MAX_LIFETIME_S = 0xffff_ffff;
const MAX_ENDPOINT_CHARS = 128;

/** A registration of its query (`ep=…`, `lt=…`) and payload. Throws LWM2M_REGISTRATION. */
export function parseRegistration(query: readonly string[], payload: Uint8Array): Lwm2mRegistration {
  const fields = fieldsOf(query);
  const endpoint = fields.get('ep') ?? '';
  if (endpoint === '' || endpoint.length > MAX_ENDPOINT_CHARS)
    throw wrong('ep: a name of 1 to 128 characters');
  const version = fields.get('lwm2m') ?? '1.0';
  if (!/^1\.\d{1,2}$/.test(version)) throw wrong(`lwm2m=${version.slice(0, 20)}`);
  const update = parseUpdate(query, payload);
  return {
    ...{
      lifetimeS: DEFAULT_LIFETIME_S,
      binding: 'U',
      isQueued: false,
      rootPath: '',
      contentFormats: [],
      objects: [],
    },
    ...update,
    ...{ endpoint, version },
  };
}

/** An update of its query and payload. Throws LWM2M_REGISTRATION. */
export function parseUpdate(query: readonly string[], payload: Uint8Array): Lwm2mUpdate {
  const fields = fieldsOf(query);
  const lifetime = fields.get('lt');
  const binding = fields.get('b');
  const sms = fields.get('sms');
  const lifetimeS =
    lifetime === undefined || /^\d{1,10}$/.test(lifetime) ? Number(lifetime ?? 0) : Number.NaN;
  if (!(lifetimeS <= MAX_LIFETIME_S)) throw wrong(`lt=${lifetime?.slice(0, 20)}`);
  if (binding !== undefined && !/^[A-Z]{1,8}$/.test(binding)) throw wrong(`b=${binding.slice(0, 20)}`);
  return {
    ...(lifetime === undefined ? {} : { lifetimeS }),
    ...(binding === undefined ? {} : { binding }),
    // 1.0 says it in the binding (UQ), 1.1 by a parameter of its own
    ...(binding === undefined && !fields.has('Q')
      ? {}
      : { isQueued: fields.has('Q') || binding?.includes('Q') === true }),
    ...(sms === undefined ? {} : { sms: sms.slice(0, 40) }),
    ...(payload.length === 0 ? {} : objectsOf(payload)),
  };
}

function fieldsOf(query: readonly string[]): Map<string, string> {
  const fields = new Map<string, string>();
  for (const field of query) {
    const at = field.indexOf('=');
    fields.set(at < 0 ? field : field.slice(0, at), at < 0 ? '' : field.slice(at + 1));
  }
  return fields;
}

function objectsOf(payload: Uint8Array): Pick<Lwm2mRegistration, 'rootPath' | 'contentFormats' | 'objects'> {
  const text = utf8Text(payload);
  if (text === undefined) throw wrong('links that are no UTF-8');
  const links = parseLinks(text);
  const root = links.find((link) => attributeOf(link, 'rt')?.split(' ').includes('oma.lwm2m'));
  const rootPath = root?.target.replace(/\/$/, '') ?? '';
  const formats = attributeOf(root, 'ct') ?? '';
  const objects: Lwm2mObjectLink[] = [];
  for (const link of links) {
    const path = link === root ? undefined : pathOf(link.target, rootPath);
    // what is no object is a resource of something else that the device has
    if (path === undefined) continue;
    const version = attributeOf(link, 'ver');
    objects.push(version === undefined ? { path } : { path, version: version.slice(0, 8) });
  }
  const contentFormats = formats
    .split(/[\s,]+/)
    .filter((format) => /^\d{1,5}$/.test(format))
    .map(Number);
  return { rootPath, contentFormats, objects };
}

function pathOf(target: string, rootPath: string): Lwm2mPath | undefined {
  if (!target.startsWith(`${rootPath}/`)) return undefined;
  try {
    const path = parseLwm2mPath(target.slice(rootPath.length));
    return path.length === 1 || path.length === 2 ? path : undefined;
  } catch {
    return undefined;
  }
}

function attributeOf(link: CoreLink | undefined, name: string): string | undefined {
  return link?.attributes.find(([attribute]) => attribute === name)?.[1];
}

function wrong(detail: string) {
  return lwm2mErrors.LWM2M_REGISTRATION(detail, { clause: 'LwM2M Core clause 6.2' });
}
