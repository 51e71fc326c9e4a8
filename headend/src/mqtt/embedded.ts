/**
 * The embedded broker. A PUBACK is sent when the message is stored for good:
 *
 *   PUBLISH ─▶ authorizePublish ─▶ ingest.accept ─ fsync ─▶ callback ─▶ PUBACK
 *                                        └─ store failed ─▶ connection closed, the device sends again
 *
 * It is no general broker: devices publish to their own topics and nothing is forwarded between them,
 * so what they publish skips the broker's routing. Sessions are not kept, and a message published as
 * retained is taken like any other. What a device may not publish is kept as a rejection and acknowledged:
 * MQTT 3.1.1 cannot say no, and closing would bring it again for ever, before everything behind it.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type SecureContextOptions, Server as TlsServer } from 'node:tls';
import { Aedes, type AedesOptions, type Client, type PublishPacket, type Subscription } from 'aedes';
import { Counts } from '../counts.ts';
import { mqttErrors } from '../errors.ts';
import { QuietLog } from '../quiet-log.ts';
import { UnderWay } from '../under-way.ts';
import { certificateOf, closeEnded } from './certificate.ts';
import { connectPacketBytes, defaultMqttLimits, nameChars, newMqttCounters } from './limits.ts';
import { Listeners } from './listeners.ts';
import { LoginLimit } from './login-limit.ts';
import { guardPacketSize } from './packet-guard.ts';
import { Session } from './session.ts';
import type { MqttTaker } from './takers.ts';
import { commandSerial, commandTopic, type Uplink, uplinkOf } from './topics.ts';
import type { EmbeddedBrokerOptions, EmbeddedFront, MqttIdentity, MqttLimits } from './types.ts';
import { isNewerVersion, refuseNewerVersion } from './version.ts';

/** Starts it and listens. Throws MQTT_LISTEN_FAILED. */
export async function startEmbeddedBroker(options: EmbeddedBrokerOptions): Promise<EmbeddedFront> {
  const broker = new EmbeddedBroker(options);
  await broker.listen();
  return broker;
}

type Done = (error?: Error | null) => void;

class EmbeddedBroker implements EmbeddedFront {
  readonly kind = 'embedded';
  readonly counters = newMqttCounters();
  readonly #options: EmbeddedBrokerOptions;
  readonly #limits: MqttLimits;
  readonly #logins: LoginLimit;
  readonly #log: QuietLog;
  readonly #broker: Aedes;
  readonly #server: Server;
  readonly #sessions = new WeakMap<Client, Session>();
  readonly #byClientId = new Map<string, Client>();
  readonly #perAddress = new Counts();
  readonly #listeners = new Listeners();
  #url = '';
  readonly #underWay = new UnderWay();
  #closing = false;

  constructor(options: EmbeddedBrokerOptions) {
    this.#options = options;
    this.#limits = { ...defaultMqttLimits, ...options.limits };
    this.#logins = new LoginLimit(this.#limits.loginFailures, this.#limits.loginWindowMs);
    this.#log = new QuietLog(options.log, options.clock);
    this.#broker = new Aedes(this.#brokerOptions());
    this.#skipRouting();
    const onSocket = (socket: Socket) => this.#connect(socket);
    // Who shows no certificate may still have a password, so none is refused before its login.
    const asking = { requestCert: options.verifyCertificate !== undefined, rejectUnauthorized: false };
    const handshakeTimeout = this.#limits.connectTimeoutMs;
    this.#server = options.tls
      ? createTlsServer({ ...options.tls, ...asking, handshakeTimeout }, onSocket)
      : createServer(onSocket);
    this.#server.maxConnections = this.#limits.connections;
    this.#server.on('drop', () => this.#refused());
    this.#server.on('tlsClientError', () => this.#refused());
  }

  get url(): string {
    return this.#url;
  }

  connected(): boolean {
    return !this.#closing;
  }

  renewTls(tls: SecureContextOptions): void {
    if (this.#server instanceof TlsServer) this.#server.setSecureContext(tls);
  }

  async listen(): Promise<void> {
    await this.#broker.listen();
    const { host = '127.0.0.1', port = 1883, tls } = this.#options;
    try {
      await new Promise<void>((done, fail) => {
        this.#server.once('error', fail);
        this.#server.listen({ host, port, backlog: 1024 }, done);
      });
    } catch (error) {
      this.#broker.close();
      const detail = error instanceof Error ? error.message : undefined;
      throw mqttErrors.MQTT_LISTEN_FAILED(detail, { host, port }, error);
    }
    this.#server.on('error', (error) => this.#log.warn('MQTT server error', { error: error.message }));
    const address = this.#server.address();
    const bound = typeof address === 'object' && address !== null ? address.port : port;
    this.#url = `${tls ? 'mqtts' : 'mqtt'}://${host.includes(':') ? `[${host}]` : host}:${bound}`;
  }

  sendCommand(serial: string, name: string, payload: Uint8Array): Promise<void> {
    const client = this.#listeners.first(serial);
    if (client === undefined || closeEnded(client, this.#sessions.get(client)?.identity)) {
      return Promise.reject(mqttErrors.MQTT_NOT_CONNECTED(`${serial} does not listen for commands`));
    }
    const topic = commandTopic(serial, name);
    return new Promise((done, fail) => {
      client.publish(
        { cmd: 'publish', topic, payload: Buffer.from(payload), qos: 1, retain: false, dup: false },
        (error) => (error ? fail(error) : done()),
      );
    });
  }

  closeChanged(versions: ReadonlyMap<string, string | undefined>): void {
    if (versions.size === 0) return;
    for (const client of this.#byClientId.values()) {
      const identity = this.#sessions.get(client)?.identity;
      if (!identity || !versions.has(identity.name)) continue;
      if (versions.get(identity.name) !== identity.version) client.close();
    }
  }

  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    const closed = new Promise<void>((done) => this.#server.close(() => done()));
    if (this.#underWay.size > 0) {
      await this.#underWay.none();
      // The last PUBACKs are written in the turn after their callbacks.
      await new Promise((done) => setTimeout(done, 10));
    }
    await new Promise<void>((done) => this.#broker.close(done));
    await closed;
  }

  #brokerOptions(): AedesOptions {
    return {
      connectTimeout: this.#limits.connectTimeoutMs,
      drainTimeout: this.#limits.drainTimeoutMs,
      keepaliveLimit: this.#limits.keepaliveS,
      queueLimit: 1_000,
      maxTopicLevels: 16,
      preConnect: (client, packet, callback) => {
        if (isNewerVersion(packet)) {
          this.counters.versionsRefused += 1;
          refuseNewerVersion(client, (error) => callback(error, false));
          return;
        }
        // No session outlives its connection: a client that asks for one is told that there is none.
        packet.clean = true;
        const { keepaliveS } = this.#limits;
        if (!packet.keepalive || packet.keepalive > keepaliveS) packet.keepalive = keepaliveS;
        callback(null, !this.#closing);
      },
      authenticate: (client, username, password, callback) => {
        this.#login(client, username, password).then(
          (returnCode) => callback(returnCode === 0 ? null : refusal(returnCode), returnCode === 0),
          (error: unknown) => {
            this.#log.warn('MQTT login could not be checked', { error: String(error) });
            callback(refusal(3), false);
          },
        );
      },
      authorizePublish: (client, packet, callback) => this.#take(client, packet, callback),
      authorizeSubscribe: (client, subscription, callback) =>
        callback(null, this.#subscribe(client, subscription) ? subscription : null),
    };
  }

  /** Messages of clients end here; only the broker's own words (`$SYS`) are routed. */
  #skipRouting(): void {
    const broker = this.#broker;
    const route = broker.publish.bind(broker) as (...all: unknown[]) => void;
    const publish = (packet: PublishPacket, client: unknown, done?: unknown) => {
      if (typeof done === 'function' && client !== null) done();
      else route(packet, client, done);
    };
    broker.publish = publish as typeof broker.publish;
    broker.on('client', (client) => {
      const session = this.#sessions.get(client);
      if (session === undefined || client.conn.destroyed) return;
      this.counters.connections += 1;
      session.counted = true;
      this.#byClientId.set(client.id, client);
    });
    broker.on('unsubscribe', (filters, client) => {
      for (const filter of filters) this.#unlisten(client, filter);
    });
    const onError = (_client: Client, error: Error) => {
      this.counters.errors += 1;
      this.#log.warn('MQTT connection closed on an error', { error: error.message });
    };
    broker.on('clientError', onError);
    broker.on('connectionError', onError);
  }

  #connect(socket: Socket): void {
    const address = socket.remoteAddress ?? '';
    if (this.#closing || this.#perAddress.of(address) >= this.#limits.connectionsPerAddress) {
      this.#refused();
      socket.destroy();
      return;
    }
    this.#perAddress.add(address, 1);
    socket.setNoDelay(true);
    const client = this.#broker.handle(socket);
    const session = new Session(client, socket, address);
    this.#sessions.set(client, session);
    guardPacketSize(client, () =>
      session.identity === undefined ? connectPacketBytes : this.#limits.packetBytes,
    );
    socket.once('close', () => {
      this.#perAddress.add(address, -1);
      if (session.counted) this.counters.connections -= 1;
      if (this.#byClientId.get(client.id) === client) this.#byClientId.delete(client.id);
      for (const filter of session.filters.keys()) this.#unlisten(client, filter);
    });
  }

  /** MQTT return code: 0 welcome, 2 client id taken, 3 try later, 4 wrong. */
  async #login(
    client: Client,
    username: string | undefined,
    password: Uint8Array | undefined,
  ): Promise<number> {
    const session = this.#sessions.get(client)!;
    const { address } = session;
    const { clock, verify } = this.#options;
    const fingerprint = certificateOf(session.socket);
    const given = username ?? '';
    const name = given === '' && fingerprint ? fingerprint : given;
    if (client.id.length > nameChars) return 2;
    const limited = () => {
      this.counters.loginsLimited += 1;
      return 3;
    };
    if (this.#logins.limited(name, address, clock.nowMs())) return limited();
    const secret = password === undefined ? '' : Buffer.from(password).toString('utf8');
    const identity = fingerprint
      ? await this.#certified(fingerprint, given)
      : name === ''
        ? undefined
        : await verify(name, secret);
    if (!this.#logins.checked(name, address, clock.nowMs(), identity !== undefined)) return limited();
    if (identity === undefined) {
      this.counters.loginsFailed += 1;
      this.#log.warn('MQTT login failed', { username: name.slice(0, 64), address });
      return 4;
    }
    // A client id names a connection that the next one closes; nobody may close another's.
    const holder = this.#byClientId.get(client.id);
    const owner = holder && this.#sessions.get(holder)?.identity?.name;
    if (owner !== undefined && owner !== identity.name) return 2;
    session.be(identity);
    return 0;
  }

  /** A certificate says who it is; a user name beside it must be the same. */
  async #certified(fingerprint: string, name: string): Promise<MqttIdentity | undefined> {
    const identity = await this.#options.verifyCertificate?.(fingerprint);
    return identity && (name === '' || name === identity.name) ? identity : undefined;
  }

  #take(client: Client | null, packet: PublishPacket, done: Done): void {
    const session = client === null ? undefined : this.#sessions.get(client);
    if (session?.identity === undefined) {
      done(null);
      return;
    }
    if (this.#closing || closeEnded(client!, session.identity)) {
      done(mqttErrors.MQTT_NOT_CONNECTED('shutting down, or its certificate has ended'));
      return;
    }
    const stored = this.#taken(session, packet) ?? this.#refusePublish(session, packet);
    if (packet.retain) this.counters.retained += 1;
    packet.retain = false;
    this.#underWay.begin();
    stored.then(
      () => {
        this.counters.acknowledged += 1;
        // With QoS 2 the broker remembers the packet until its PUBREL, and needs no more than its id.
        packet.payload = nothing;
        this.#underWay.end();
        done(null);
      },
      (error: Error & { code?: string }) => {
        this.counters.unacknowledged += 1;
        this.#underWay.end();
        this.#log.warn('MQTT message not stored; not acknowledged', {
          code: error.code,
          error: error.message,
        });
        done(error);
      },
    );
  }

  /** Taken by the pipeline or a taker of its topic; undefined where the sender may not publish there. */
  #taken(session: Session, packet: PublishPacket): Promise<unknown> | undefined {
    const { topic } = packet;
    const uplink = uplinkOf(topic);
    if (uplink !== undefined) {
      return session.mayReport(uplink.serial) ? this.#accept(session, uplink, packet) : undefined;
    }
    const taker = this.#options.takers?.find((one) => one.covers(topic));
    const may = taker?.mayPublish?.(session.identity!, topic) ?? session.allows(topic);
    return taker && may ? this.#hand(taker, session, packet) : undefined;
  }

  #hand(taker: MqttTaker, session: Session, { topic, payload, dup }: PublishPacket): Promise<unknown> {
    this.#count(dup);
    const { name } = session.identity!;
    const { mayReport } = session;
    return taker.take(topic, payload as Uint8Array, {
      ...{ name, mayReport, redelivered: dup },
      answer: (to, bytes) => session.answer(to, bytes),
    });
  }

  #count(isRepeat: boolean): void {
    this.counters.published += 1;
    if (isRepeat) this.counters.redelivered += 1;
  }

  #accept(session: Session, { serial }: Uplink, packet: PublishPacket): Promise<unknown> {
    this.#count(packet.dup);
    const lane = session.identity!.name;
    const payload = packet.payload as Uint8Array;
    const { mayReport } = session;
    const redelivered = packet.dup;
    return this.#options.ingest.accept({
      ...{ source: 'mqtt', device: serial, payload, mayReport, redelivered, lane },
    });
  }

  #refusePublish(session: Session, { topic, payload }: PublishPacket): Promise<unknown> {
    this.#deny(session, topic);
    const device = session.identity!.name;
    const error = mqttErrors.MQTT_DENIED(`topic ${topic.slice(0, nameChars)}`);
    return this.#options.ingest.refuse(error, { source: 'mqtt', device, payload: payload as Uint8Array });
  }

  #subscribe(client: Client, { topic }: Subscription): boolean {
    const session = this.#sessions.get(client);
    const serial = commandSerial(topic);
    // Nothing is forwarded: on other topics it hears no more than answers to what it publishes itself.
    const may = session && (serial === undefined ? session.allows(topic) : session.mayReport(serial));
    const room = session && (session.filters.size < this.#limits.subscriptions || session.filters.has(topic));
    if (!may || !room || topic.length > nameChars) {
      this.#deny(session, topic);
      return false;
    }
    session.filters.set(topic, serial);
    if (serial !== undefined) this.#listeners.add(serial, client);
    return true;
  }

  #unlisten(client: Client, filter: string): void {
    const session = this.#sessions.get(client);
    const serial = session?.filters.get(filter);
    session?.filters.delete(filter);
    if (serial !== undefined) this.#listeners.remove(serial, client);
  }

  #deny(session: Session | undefined, topic: string): void {
    this.counters.denied += 1;
    const user = session?.identity?.name;
    this.#log.warn('MQTT topic denied', { user, topic: topic.slice(0, 128) });
  }

  #refused(): void {
    this.counters.connectionsRefused += 1;
  }
}

const nothing = Buffer.alloc(0);

/** The error aedes turns into a CONNACK return code. */
function refusal(returnCode: number): Error & { returnCode: number } {
  return Object.assign(new Error(`login refused (${returnCode})`), { returnCode });
}
