/**
 * Load for the MQTT benchmark, in a process of its own: gateways on raw sockets that keep a window of
 * QoS 1 messages under way and count PUBACKs. Packets are built once a meter; for each message only the
 * packet id and the interval end are written into the bytes.
 */
import { connect, type Socket } from 'node:net';

/** What the parent sends to start it. */
export interface LoadJob {
  /** Readings as they are pushed, or uplinks of LoRaWAN devices as a network server publishes them. */
  readonly form: 'push' | 'chirpstack';
  readonly port: number;
  readonly connections: number;
  /** Messages under way on each connection. */
  readonly window: number;
  readonly meters: number;
  readonly seconds: number;
  /** First interval end, or frame counter: epoch seconds. */
  readonly firstEnd: number;
}

/** What it answers when the time is over and every message is acknowledged. */
export interface LoadResult {
  readonly messages: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Serial of the n-th meter of the benchmark. */
export function benchSerial(n: number): string {
  return `OA${String(n).padStart(7, '0')}`;
}

/** EUI of the n-th LoRaWAN device. */
export function benchDevEui(n: number): string {
  return `0000000000${String(n).padStart(6, '0')}`;
}

interface Template {
  readonly packet: Buffer;
  readonly idAt: number;
  readonly endAt: number;
}

function text(value: string): Buffer {
  const body = Buffer.from(value);
  return Buffer.concat([Buffer.from([body.length >> 8, body.length & 255]), body]);
}

function packet(type: number, body: Buffer): Buffer {
  const head = [type];
  for (let left = body.length; ; left = left >> 7) {
    head.push(left > 127 ? (left & 127) | 128 : left);
    if (left <= 127) break;
  }
  return Buffer.concat([Buffer.from(head), body]);
}

function connectPacket(name: string): Buffer {
  const flags = Buffer.from([4, 0xc2, 0, 60]);
  return packet(0x10, Buffer.concat([text('MQTT'), flags, text(name), text(name), text('secret')]));
}

const endDigits = '1700000000';

function template(meter: number, form: LoadJob['form'], gateway: string): Template {
  // what others decode comes under the name of who hands it on
  const what = form === 'push' ? `${benchSerial(meter)}/readings` : `${gateway}/telegrams`;
  const topic = text(`openami/v1/${what}`);
  const body = Buffer.from(form === 'push' ? pushBody(meter) : chirpstackBody(meter));
  const whole = packet(0x32, Buffer.concat([topic, Buffer.from([0, 0]), body]));
  return { packet: whole, idAt: whole.length - body.length - 2, endAt: whole.indexOf(endDigits) };
}

function pushBody(meter: number): string {
  const values = `"values":[${(meter % 997) / 1000}]`;
  const series = `{"quantity":"1-0:1.8.0","unit":"kWh","interval":900,"first":${endDigits},${values}}`;
  return `{"meter":"${benchSerial(meter)}","series":[${series}]}`;
}

/** With what a network server says of one gateway; the counter is the time that the codec gives. */
function chirpstackBody(meter: number): string {
  const payload = Buffer.alloc(11);
  payload.writeUInt32LE(100_000 + meter, 1);
  payload.writeUInt8(58, 5);
  payload.writeUInt8(36, 6);
  return JSON.stringify({
    deduplicationId: `0f9c7a54-0000-4000-8000-${String(meter).padStart(12, '0')}`,
    deviceInfo: {
      ...{ tenantId: 'b1c0', tenantName: 'Town works', applicationId: '7d2e', applicationName: 'Water' },
      ...{ deviceProfileId: 'p1', deviceProfileName: 'Water', deviceName: benchSerial(meter) },
      ...{ devEui: benchDevEui(meter), tags: { site: 'north' } },
    },
    ...{ devAddr: '01ab23cd', adr: true, dr: 5, fCnt: Number(endDigits), fPort: 2, confirmed: false },
    data: payload.toString('base64'),
    rxInfo: [{ gatewayId: '00800000a0001234', rssi: -101, snr: -7.25, channel: 3 }],
    txInfo: {
      frequency: 868_100_000,
      modulation: { lora: { bandwidth: 125_000, spreadingFactor: 7, codeRate: 'CR_4_5' } },
    },
  });
}

const nameOf = (gateway: number): string => `gateway-${gateway}`;

/** One gateway: its share of the meters, in turn. */
class Gateway {
  readonly socket: Socket;
  readonly #templates: Template[];
  readonly #window: number;
  readonly #sentMs = new Float64Array(65_536);
  readonly latencies: number[] = [];
  #end: number;
  #next = 0;
  #id = 0;
  #pending: Buffer = Buffer.alloc(0);
  underWay = 0;
  acknowledged = 0;
  stopped = false;
  connected: Promise<void>;

  constructor(job: LoadJob, index: number, templates: Template[]) {
    this.#templates = templates;
    this.#window = job.window;
    this.#end = job.firstEnd;
    this.socket = connect(job.port, '127.0.0.1');
    this.socket.setNoDelay(true);
    this.socket.write(connectPacket(nameOf(index)));
    this.connected = new Promise((done, fail) => {
      this.socket.once('data', (answer: Buffer) => {
        if (answer[0] !== 0x20 || answer[3] !== 0) fail(new Error('login refused'));
        this.socket.on('data', (data: Buffer) => this.#take(data));
        done();
      });
      this.socket.once('error', fail);
    });
    this.socket.on('close', () => {
      if (!this.stopped) process.exit(3);
    });
  }

  fill(): void {
    const parts: Buffer[] = [];
    const nowMs = performance.now();
    while (!this.stopped && this.underWay < this.#window) {
      parts.push(this.#message());
      this.#sentMs[this.#id] = nowMs;
      this.underWay += 1;
    }
    if (parts.length > 0) this.socket.write(parts.length === 1 ? parts[0]! : Buffer.concat(parts));
  }

  #message(): Buffer {
    const { packet, idAt, endAt } = this.#templates[this.#next]!;
    this.#next += 1;
    const end = this.#end;
    if (this.#next === this.#templates.length) {
      this.#next = 0;
      this.#end += 900;
    }
    this.#id = (this.#id % 65_535) + 1;
    const bytes = Buffer.from(packet);
    bytes[idAt] = this.#id >> 8;
    bytes[idAt + 1] = this.#id & 255;
    bytes.write(String(end), endAt, 'latin1');
    return bytes;
  }

  /** PUBACK is `40 02 id id`. */
  #take(data: Buffer): void {
    const bytes = this.#pending.length === 0 ? data : Buffer.concat([this.#pending, data]);
    const nowMs = performance.now();
    let at = 0;
    for (; at + 4 <= bytes.length; at += 4) {
      if (bytes[at] !== 0x40) throw new Error(`packet type ${bytes[at]}`);
      const id = bytes[at + 2]! * 256 + bytes[at + 3]!;
      if (id % 16 === 0) this.latencies.push(nowMs - this.#sentMs[id]!);
      this.acknowledged += 1;
      this.underWay -= 1;
    }
    this.#pending = bytes.subarray(at);
    this.fill();
  }
}

/** Runs a load and tells what was acknowledged. */
async function runLoad(job: LoadJob): Promise<LoadResult> {
  const share = Math.floor(job.meters / job.connections);
  const gateways = Array.from({ length: job.connections }, (_, index) => {
    const templates = Array.from({ length: share }, (_, n) =>
      template(index * share + n, job.form, nameOf(index)),
    );
    return new Gateway(job, index, templates);
  });
  await Promise.all(gateways.map((gateway) => gateway.connected));
  const startMs = performance.now();
  for (const gateway of gateways) gateway.fill();
  await new Promise((done) => setTimeout(done, job.seconds * 1000));
  for (const gateway of gateways) gateway.stopped = true;
  while (gateways.some((gateway) => gateway.underWay > 0)) await new Promise((done) => setTimeout(done, 2));
  const seconds = (performance.now() - startMs) / 1000;
  for (const gateway of gateways) gateway.socket.destroy();
  const latencies = Float64Array.from(gateways.flatMap((gateway) => gateway.latencies)).sort();
  const at = (part: number) => latencies[Math.floor(latencies.length * part)] ?? 0;
  const messages = gateways.reduce((sum, gateway) => sum + gateway.acknowledged, 0);
  return { messages, seconds, p50Ms: at(0.5), p99Ms: at(0.99) };
}

if (process.send !== undefined && process.argv[2] === 'mqtt-load') {
  process.once('message', (job: LoadJob) => {
    runLoad(job).then((result) => process.send!(result, () => process.exit(0)));
  });
}
