/** Who makes a request: bearer token first, then the session cookie. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Role } from '@openami/model';
import type { Authenticate } from '../http/guard.ts';
import type { Identity } from './auth.ts';
import type { Principal } from './permissions.ts';
import { sha256Hex } from './secrets.ts';
import { TtlCache } from './ttl-cache.ts';

/** A token as the store knows it. */
interface KnownToken {
  readonly id: number;
  readonly name: string;
  readonly role: Role;
}

export interface AuthenticateOptions {
  readonly identity: Identity;
  /** Finds a live token by its text and notes its use. */
  readonly findToken: (secret: string) => Promise<KnownToken | undefined>;
  /** Token of the command on this machine (server.json); empty: none. */
  readonly localToken: string;
}

const local: Principal = {
  kind: 'system',
  id: 'cli',
  name: 'command line',
  email: '',
  role: 'admin',
  viaCookie: false,
};

/** Builds the finder of principals. */
export function authenticator(options: AuthenticateOptions): Authenticate {
  const tokens = new TtlCache<Principal | null>(5_000, 10_000);
  const localHash = options.localToken === '' ? undefined : digest(options.localToken);
  const byToken = async (text: string): Promise<Principal | null> => {
    if (localHash && timingSafeEqual(localHash, digest(text))) return local;
    if (text.length > 200) return null;
    return tokens.get(sha256Hex(text), async () => {
      const found = await options.findToken(text);
      if (!found) return null;
      const { name, role } = found;
      return { kind: 'token', id: String(found.id), name, email: '', role, viaCookie: false };
    });
  };
  return async (request) => {
    const bearer = /^bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (bearer) return byToken(bearer);
    const cookie = request.headers.cookie;
    if (!cookie?.includes('openami.')) return null;
    return options.identity.authenticate(cookie);
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
