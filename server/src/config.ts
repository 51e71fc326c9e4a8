/**
 * Configuration: environment variables `OPENAMI_*` over one YAML file over the defaults, checked at
 * start. The key `dataDir` of the file is OPENAMI_DATA_DIR of the environment, and so on for all keys.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Static, Type } from 'typebox';
import { parse } from 'yaml';
import { oneOf } from './contract/common.ts';
import { serverErrors } from './errors.ts';
import { forwardersOf } from './forwarders.ts';
import { AddressFilter } from './services/hand-over/addresses.ts';

/** What one process of the program does. */
export const serverRoles = ['headend', 'worker', 'api'] as const;
export type ServerRole = (typeof serverRoles)[number];

const port = (fallback: number, description: string) =>
  Type.Integer({ minimum: 0, maximum: 65535, default: fallback, description });
const text = (fallback: string, description: string) => Type.String({ default: fallback, description });

/** Every key, its default and its meaning. Port 0 takes a free one. */
export const ConfigSchema = Type.Object({
  host: text('127.0.0.1', 'Address the HTTP server listens on; 0.0.0.0 for all'),
  port: port(8080, 'Port of the HTTP server'),
  publicUrl: text('', 'Address people use, e.g. https://ami.example.org; needed behind a proxy'),
  trustProxy: Type.Boolean({ default: false, description: 'Believe X-Forwarded-* of the proxy in front' }),
  dataDir: text('./data', 'Folder of everything that is kept'),
  clickhouseUrl: text('', 'ClickHouse server, http://user:password@host:8123; empty for the embedded engine'),
  clickhouseCluster: text('', 'Name of the ClickHouse cluster, where there is one'),
  postgresUrl: text('', 'PostgreSQL server, postgres://user:password@host/db; empty for the embedded engine'),
  roles: Type.Array(oneOf(serverRoles), {
    default: [...serverRoles],
    minItems: 1,
    description: 'What this process does: headend, worker, api',
  }),
  zone: text('Europe/Berlin', 'IANA zone of the site: days of read success and of the overview'),
  readDeadline: Type.String({
    default: '06:00',
    pattern: '^([01]\\d|2[0-3]):[0-5]\\d$',
    allowed: 'a time of day from 00:00 to 23:59',
    description: 'Local time on the next day by which readings are due',
  }),
  closeDelayMinutes: Type.Integer({
    minimum: 0,
    maximum: 10_080,
    default: 120,
    description: 'Minutes after the end of a local day at which it is closed: validated and estimated',
  }),
  closeBacklogDays: Type.Integer({
    minimum: 1,
    maximum: 3_650,
    default: 35,
    description: 'Days back that are closed at the first start',
  }),
  mqttHost: text('127.0.0.1', 'Address the MQTT broker listens on'),
  mqttPort: port(1883, 'Port of the MQTT broker; empty broker URL only'),
  mqttTlsPort: port(8883, 'Port of the MQTT broker with TLS, when a certificate is given'),
  mqttTlsCert: text(
    '',
    'PEM file of the certificate; `auto`: made at each start by the authority for devices',
  ),
  mqttTlsNames: text('', 'Names and addresses that devices reach the broker by, for `auto`; with commas'),
  mqttTlsKey: text('', 'PEM file of its private key'),
  mqttBrokerUrl: text('', 'External broker, mqtts://user:password@host; empty for the embedded one'),
  meterModels: text('', 'Folder of meter models of your own (*.json); see the guide on meter models'),
  mqttTopics: Type.String({
    default: '',
    pattern: '^[^{}$]*$',
    allowed: 'topic filters with commas between them, without $ and {}',
    description: 'Topics of other devices to ask an external broker for: zigbee2mqtt/#,spBv1.0/#',
  }),
  radioTcpHost: text('127.0.0.1', 'Address on which telegrams are taken over TCP: of a private network only'),
  radioTcpPort: port(0, 'TCP port for telegrams of receivers, concentrators and serial adapters; 0 for none'),
  radioTcpUrls: text('', 'Forwarders to connect to, with commas: tcp://192.0.2.7:4001?gateway=roof'),
  sparkplugHost: Type.String({
    default: '',
    pattern: '^[^+#/]*$',
    allowed: 'a name without +, # and /',
    description: 'Host id of Sparkplug B: its STATE is published at an external broker; empty for none',
  }),
  coapHost: text('127.0.0.1', 'Address the CoAP server listens on: of a private network only'),
  coapPort: port(0, 'UDP port of the CoAP server, usually 5683; 0 for none'),
  lorawanMqttUrl: text('', 'Broker of a LoRaWAN network server, mqtts://user:password@host; empty for none'),
  lorawanMqttKind: Type.String({
    default: 'chirpstack',
    pattern: '^(chirpstack|thethingsstack)$',
    allowed: 'chirpstack or thethingsstack',
    description: 'Which network server it is of',
  }),
  lorawanMqttApplication: Type.String({
    default: '+',
    pattern: '^(\\+|[^/+#]{1,128})$',
    allowed: 'the name of one application, or + for all',
    description: 'Application there; for The Things Stack application@tenant',
  }),
  lorawanMqttTenant: text('', 'Tenant of ChirpStack, of whose devices messages are taken; empty for all'),
  lorawanMqttClientId: text('openami', 'Name of the session at that broker, where messages wait for us'),
  dlmsHost: text('0.0.0.0', 'Address on which DLMS meters connect or push to this server'),
  dlmsInboundPort: port(0, 'Port that DLMS meters connect to and stay; 0 for none'),
  dlmsPushPort: port(0, 'Port, TCP and UDP, that DLMS meters push to; 0 for none'),
  dlmsSystemTitle: Type.String({
    default: '4f414d0000000001',
    pattern: '^[0-9a-fA-F]{16}$',
    allowed: '16 hexadecimal digits',
    description: 'System title of this head-end; no other may use it with the same keys',
  }),
  frameRetentionDays: Type.Integer({ minimum: 1, maximum: 36500, default: 90, description: 'Raw frames' }),
  readingRetentionDays: Type.Integer({
    minimum: 0,
    maximum: 36500,
    default: 0,
    description: 'Days after which readings are dropped for good; 0 keeps them for ever',
  }),
  importMaxBytes: Type.Integer({
    minimum: 1024,
    maximum: Number.MAX_SAFE_INTEGER,
    default: 5_000_000_000,
    description: 'Largest file an import takes',
  }),
  importKeepDays: Type.Integer({
    minimum: 1,
    maximum: 36500,
    default: 30,
    description: 'Days after the end of an import that its file (when not done) and its rejects are kept',
  }),
  importKeepBytes: Type.Integer({
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
    default: 20_000_000_000,
    description: 'Bytes of such files that are kept at most; what ended first goes first',
  }),
  secret: text('', 'Key of sessions, at least 32 characters; empty: made once and kept in the data folder'),
  adminEmail: text('', 'E-mail of the first administrator'),
  adminPassword: text('', 'Password of the first administrator; empty: made and printed once'),
  webhookAllow: text(
    '',
    'Private addresses and ranges that webhooks may be sent to, with commas: 10.20.0.0/16',
  ),
  kek: text(
    '',
    'Key-encryption key of the meter keys, 32 bytes in hex or base64, or pkcs11:…; see the guide on keys',
  ),
  kekFile: text('', 'File of the key-encryption key; empty: made once and kept in the data folder'),
  kekPreviousFile: text('', 'File of the key-encryption key before, while it is being replaced'),
  keyMaxAgeDays: Type.Integer({
    minimum: 1,
    maximum: 36_500,
    default: 365,
    description: 'Days after which encryption and authentication keys of meters are due for rotation',
  }),
  logLevel: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const),
});
export type Config = Static<typeof ConfigSchema>;

type Raw = Record<string, unknown>;
const keys = Object.keys(ConfigSchema.properties) as (keyof Config)[];

/** OPENAMI_DATA_DIR for `dataDir`. */
export function environmentName(key: string): string {
  return `OPENAMI_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

/** Secrets of `openami read dlms`. */
export const dlmsVariables = [
  'OPENAMI_DLMS_PASSWORD',
  'OPENAMI_DLMS_GUEK',
  'OPENAMI_DLMS_GAK',
  'OPENAMI_DLMS_PRIVATE_KEY',
] as const;

/** Variables the program reads beside the keys. */
const otherVariables = new Set<string>(['OPENAMI_CONFIG', ...dlmsVariables]);

/** Names that look like ours and mean nothing: most often a slip of the pen. */
export function unknownVariables(env: NodeJS.ProcessEnv): string[] {
  const known = new Set(keys.map(environmentName));
  return Object.keys(env).filter(
    (name) => name.startsWith('OPENAMI_') && !known.has(name) && !otherVariables.has(name),
  );
}

function fromText(key: keyof Config, value: string): unknown {
  const schema = ConfigSchema.properties[key] as { type?: string };
  if (schema.type === 'integer' && /^-?\d+$/.test(value.trim())) return Number(value);
  if (schema.type === 'boolean' && /^(true|false|1|0)$/.test(value)) return value === 'true' || value === '1';
  if (schema.type === 'array') return value.split(',').map((part) => part.trim());
  return value;
}

function readFile(path: string): Raw {
  let parsed: unknown;
  try {
    parsed = parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw serverErrors.CONFIG_UNREADABLE(`${path}: ${(cause as Error).message}`, { path }, cause);
  }
  if (parsed === null) return {};
  if (typeof parsed !== 'object' || Array.isArray(parsed)) {
    throw serverErrors.CONFIG_UNREADABLE(`${path} does not hold keys and values`, { path });
  }
  for (const key of Object.keys(parsed)) {
    if (!keys.includes(key as keyof Config)) {
      throw serverErrors.CONFIG_INVALID(`${key}: there is no such key (in ${path})`, { key });
    }
  }
  return parsed as Raw;
}

/** The keywords of the schema above. */
interface KeySchema {
  readonly type: 'string' | 'integer' | 'boolean' | 'array';
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly items?: { readonly enum: readonly string[] };
  readonly allowed?: string;
}

/** What a key may hold, for the person who has to correct it. */
function allowedText(schema: KeySchema): string {
  if (schema.allowed) return schema.allowed;
  if (schema.type === 'integer') return `a whole number from ${schema.minimum} to ${schema.maximum}`;
  if (schema.type === 'boolean') return 'true or false';
  if (schema.type === 'array') return `one or more of ${schema.items?.enum.join(', ')}, with commas between`;
  return schema.enum ? `one of ${schema.enum.join(', ')}` : 'a text';
}

/** Whether a value fits its schema. */
function fits(schema: KeySchema, value: unknown): boolean {
  const { type, minimum = -Infinity, maximum = Infinity, pattern, items } = schema;
  if (type === 'integer')
    return Number.isSafeInteger(value) && Number(value) >= minimum && Number(value) <= maximum;
  if (type === 'boolean') return typeof value === 'boolean';
  if (type === 'array') {
    return Array.isArray(value) && value.length > 0 && value.every((one) => items?.enum.includes(one));
  }
  if (typeof value !== 'string' || value.includes('\0')) return false;
  return (!schema.enum || schema.enum.includes(value)) && (!pattern || new RegExp(pattern).test(value));
}

const hidden = new Set<string>(['secret', 'adminPassword', 'kek']);

function wrong(key: keyof Config, why: string) {
  return serverErrors.CONFIG_INVALID(`${environmentName(key)}: ${why}`, { key });
}

/** How the addresses of others may begin. */
const schemes: readonly (readonly [key: keyof Config, schemes: readonly string[]])[] = [
  ['publicUrl', ['http', 'https']],
  ['clickhouseUrl', ['http', 'https']],
  ['postgresUrl', ['postgres', 'postgresql']],
  ['mqttBrokerUrl', ['mqtt', 'mqtts']],
  ['lorawanMqttUrl', ['mqtt', 'mqtts']],
];

/** What is right on its own but wrong together. */
function checkTogether(config: Config): void {
  if (config.secret !== '' && config.secret.length < 32) throw wrong('secret', 'at least 32 characters');
  const ownCertificate = !['', 'auto'].includes(config.mqttTlsCert);
  if (ownCertificate !== (config.mqttTlsKey !== '')) {
    throw wrong('mqttTlsKey', 'certificate and key go together');
  }
  if (config.adminPassword !== '' && config.adminPassword.length < 12) {
    throw wrong('adminPassword', 'at least 12 characters');
  }
  if (config.kek !== '' && config.kekFile !== '') throw wrong('kekFile', 'the key is given already');
  if (config.adminEmail !== '' && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(config.adminEmail)) {
    throw wrong('adminEmail', `"${config.adminEmail}" is not an e-mail address such as admin@example.org`);
  }
  for (const [key, known] of schemes) {
    const value = String(config[key]);
    const starts = known.map((scheme) => `${scheme}://`);
    // its text may hold a password: it is not shown
    if (value !== '' && !(URL.canParse(value) && starts.some((start) => value.startsWith(start)))) {
      throw wrong(key, `wants a URL that begins with ${starts.join(' or ')}`);
    }
  }
  try {
    new AddressFilter(config.webhookAllow);
  } catch (error) {
    throw wrong('webhookAllow', (error as Error).message);
  }
  try {
    forwardersOf(config.radioTcpUrls);
  } catch (error) {
    throw wrong('radioTcpUrls', (error as Error).message);
  }
  try {
    new Intl.DateTimeFormat('en', { timeZone: config.zone });
  } catch {
    throw wrong('zone', `"${config.zone}" is not an IANA zone such as Europe/Berlin`);
  }
}

/** Loads and checks the configuration; throws CONFIG_INVALID that names the key. */
export function loadConfig(
  env: NodeJS.ProcessEnv,
  given: Partial<Config> & { config?: string } = {},
): Config {
  const { config: path = env.OPENAMI_CONFIG, ...flags } = given;
  const raw: Raw = { logLevel: 'info', ...(path ? readFile(path) : {}) };
  for (const key of keys) {
    const value = env[environmentName(key)];
    if (value !== undefined && value !== '') raw[key] = fromText(key, value);
  }
  for (const [key, value] of Object.entries(flags)) if (value !== undefined) raw[key] = value;
  for (const key of keys) {
    const schema = ConfigSchema.properties[key] as unknown as KeySchema;
    raw[key] ??= structuredClone(schema.default);
    if (fits(schema, raw[key])) continue;
    const shown = hidden.has(key) ? '' : `, not ${JSON.stringify(raw[key])}`;
    throw wrong(key, `wants ${allowedText(schema)}${shown}`);
  }
  const config = raw as Config;
  checkTogether(config);
  return { ...config, dataDir: resolve(config.dataDir) };
}

/** The configuration as it may be shown: passwords and keys are hidden. */
export function publicConfig(config: Config): Record<string, unknown> {
  const shown: Record<string, unknown> = { ...config };
  for (const key of hidden) if (shown[key] !== '') shown[key] = '(hidden)';
  for (const [key] of schemes) {
    const text = String(config[key]);
    const url = text === '' ? undefined : new URL(text);
    if (!url?.password) continue;
    url.password = 'hidden';
    shown[key] = url.href;
  }
  return shown;
}

/** Whether a server with these roles writes readings. */
export function writesReadings({ roles }: Config): boolean {
  return roles.includes('headend') || roles.includes('worker');
}
