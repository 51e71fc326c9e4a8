/**
 * Sign-in by e-mail and password, sessions in cookies: better-auth over the registry's database. Users
 * are made by an administrator; nobody signs up alone.
 */
import type { OpenAmiError, Role, UserRole } from '@openami/model';
import type { RegistryStore } from '@openami/store';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import type { UserCreate, UserItem, UserPatch } from '../contract/identity.ts';
import { serverErrors } from '../errors.ts';
import type { Principal } from './permissions.ts';
import { overRegistry } from './registry-faults.ts';
import { TtlCache } from './ttl-cache.ts';

export interface IdentityOptions {
  /** better-auth keeps its four tables beside the registry's. */
  readonly registry: Pick<RegistryStore, 'db' | 'engine' | 'ping'>;
  /** At least 32 characters. */
  readonly secret: string;
  /** Address people use; empty: the address of the request. */
  readonly publicUrl: string;
}

/** Users and their sessions. */
export interface Identity {
  /** Answers one request under /api/auth. @throws REQUEST_REFUSED, SIGN_IN_FAILED */
  handle(request: Request): Promise<Response>;
  /** Who a session cookie belongs to. */
  authenticate(cookie: string): Promise<Principal | null>;
  /** People of the utility: customers are none. */
  listUsers(): Promise<UserItem[]>;
  /** A login of a customer, which sees nothing until it is linked. @throws WEAK_PASSWORD, USER_EXISTS */
  createCustomer(user: Omit<UserCreate, 'role'>): Promise<{ readonly id: string }>;
  /** Takes back a login that was made a moment ago. */
  removeCustomer(id: string): Promise<void>;
  /** @throws WEAK_PASSWORD, USER_EXISTS */
  createUser(user: UserCreate): Promise<UserItem>;
  /** @throws USER_UNKNOWN, WEAK_PASSWORD, LAST_ADMIN; a new password or role ends the user's sessions. */
  updateUser(id: string, patch: UserPatch): Promise<UserItem>;
}

const minPasswordLength = 12;
const sessionS = 12 * 3600;

function configure(options: IdentityOptions) {
  const https = options.publicUrl.startsWith('https:');
  return betterAuth({
    database: { db: options.registry.db, type: 'postgres' },
    secret: options.secret,
    basePath: '/api/auth',
    ...(options.publicUrl ? { baseURL: options.publicUrl } : {}),
    // The guard compares Origin with Host before; the own origin of the request is always trusted.
    trustedOrigins: (request) => [request ? new URL(request.url).origin : undefined],
    emailAndPassword: { enabled: true, disableSignUp: true, minPasswordLength, maxPasswordLength: 128 },
    // tables of its own: `account` of the registry is a customer's account
    account: { modelName: 'auth_account' },
    verification: { modelName: 'auth_verification' },
    session: { modelName: 'auth_session', expiresIn: sessionS, updateAge: 1800 },
    user: {
      modelName: 'auth_user',
      additionalFields: { role: { type: 'string', required: true, defaultValue: 'viewer', input: false } },
    },
    // Sign-in attempts are limited by the HTTP server, by address.
    rateLimit: { enabled: false },
    advanced: { useSecureCookies: https, cookiePrefix: 'openami', ipAddress: { disableIpTracking: true } },
    telemetry: { enabled: false },
    logger: { disabled: true },
  });
}

/** A user's record as better-auth gives it, as far as it is used here. */
interface UserRow {
  id: string;
  name: string;
  email: string;
  createdAt: Date | string;
  role?: unknown;
}

function roleOf(row: UserRow): UserRole | 'customer' {
  const { role } = row;
  return role === 'admin' || role === 'operator' || role === 'customer' ? role : 'viewer';
}

/** Undefined for a customer, who is none of the utility's people. */
function itemOf(row: UserRow): UserItem | undefined {
  const { id, name, email } = row;
  const role = roleOf(row);
  if (role === 'customer') return undefined;
  return { id, name, email, role, createdAt: new Date(row.createdAt).toISOString() };
}

/** Brings the tables of identity up to date. */
export async function migrateIdentity(options: IdentityOptions): Promise<void> {
  const migrations = await getMigrations(configure(options).options);
  await migrations.runMigrations();
}

/** Opens identity: brings its tables up to date first. */
export async function openIdentity(options: IdentityOptions): Promise<Identity> {
  await migrateIdentity(options);
  const auth = configure(options);
  const context = await auth.$context;
  const users = context.internalAdapter;
  // Each request would cost two queries; five seconds of memory keep a change of role prompt enough.
  const sessions = new TtlCache<Principal | null>(5_000, 1_000);

  const over = <T>(work: () => Promise<T>) => overRegistry(options.registry, work);
  const admins = async () => (await list()).filter((user) => user.role === 'admin');
  // customers may be many: they would push the people of the utility off the list
  const isOurs = [{ field: 'role', operator: 'ne' as const, value: 'customer' }];
  const list = async () =>
    ((await users.listUsers(1000, 0, undefined, isOurs)) as UserRow[]).flatMap((row) => itemOf(row) ?? []);
  const checkPassword = (password: string) => {
    if (password.length < minPasswordLength) throw serverErrors.WEAK_PASSWORD();
  };

  const create = async (
    { email, name, password }: Omit<UserCreate, 'role'>,
    role: Role,
  ): Promise<UserRow> => {
    checkPassword(password);
    const address = email.toLowerCase();
    if (await users.findUserByEmail(address)) throw serverErrors.USER_EXISTS(`${address} is taken`);
    const user = await users.createUser(
      { email: address, name, role, emailVerified: true },
      { method: 'email-password' },
    );
    const hash = await context.password.hash(password);
    await users.linkAccount({
      userId: user.id,
      providerId: 'credential',
      accountId: user.id,
      password: hash,
    } as Parameters<typeof users.linkAccount>[0]);
    return { ...user, role } as UserRow;
  };
  const updateUser = async (id: string, { name, role, password }: UserPatch): Promise<UserItem> => {
    const before = (await users.findUserById(id)) as UserRow | null;
    if (!before || itemOf(before) === undefined) throw serverErrors.USER_UNKNOWN();
    if (password !== undefined) checkPassword(password);
    const demoted = role !== undefined && role !== 'admin' && roleOf(before) === 'admin';
    if (demoted && (await admins()).length === 1) throw serverErrors.LAST_ADMIN();
    if (name !== undefined || role !== undefined) {
      await users.updateUser(id, { ...(name ? { name } : {}), ...(role ? { role } : {}) });
    }
    if (password !== undefined) await users.updatePassword(id, await context.password.hash(password));
    if (password !== undefined || role !== undefined) await users.deleteUserSessions(id);
    sessions.clear();
    return itemOf((await users.findUserById(id)) as UserRow)!;
  };

  return {
    handle: (request) =>
      over(async () => {
        if (request.method !== 'GET') sessions.clear();
        const response = await auth.handler(request);
        if (response.status === 401) throw serverErrors.SIGN_IN_FAILED();
        if (response.status >= 500) throw new Error(`The identity library answered ${response.status}`);
        if (response.status >= 400) throw await refusal(response);
        return response;
      }),
    authenticate(cookie) {
      return sessions.get(cookie, async () => {
        const headers = new Headers({ cookie });
        const found = await over(() => auth.api.getSession({ headers }));
        if (!found) return null;
        const { id, name, email } = found.user;
        return { kind: 'user', id, name, email, role: roleOf(found.user as UserRow), viaCookie: true };
      });
    },
    listUsers: () => over(list),
    createUser: (user) => over(async () => itemOf(await create(user, user.role))!),
    createCustomer: (user) => over(async () => ({ id: (await create(user, 'customer')).id })),
    removeCustomer: (id) => over(() => users.deleteUser(id)),
    updateUser: (id, patch) => over(() => updateUser(id, patch)),
  };
}

/** What the library refuses, as a problem of ours. */
async function refusal(response: Response): Promise<OpenAmiError> {
  const body = (await response.json().catch(() => ({}))) as { message?: unknown };
  const detail = typeof body.message === 'string' ? body.message : 'The request was not understood.';
  return serverErrors.REQUEST_REFUSED(detail, { statusCode: response.status });
}
