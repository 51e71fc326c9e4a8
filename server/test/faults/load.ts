/**
 * Load of the fault tests, a process of its own: publishes one reading a message at QoS 1, remembers which
 * were acknowledged, connects again when the server dies, and repeats what was not acknowledged.
 *
 * Messages to the parent: {type: 'ready'}, {type: 'flow', perSecond} with what was acknowledged in each last
 * quarter of a second, then on `stop` {type: 'done', sent, acked} with the number of readings sent by each
 * meter and a bitmap of those acknowledged.
 */
import { connect, type MqttClient } from 'mqtt';

export interface LoadOptions {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly serials: readonly string[];
  /** Interval end of the first reading of each meter, epoch seconds. */
  readonly firstS: number;
  readonly intervalS: number;
  readonly messagesPerSecond: number;
  readonly connections: number;
}

/** Value of a meter's reading by its number, in kWh with 3 decimals. */
export function energyOf(index: number): number {
  return ((index * 7919) % 9973) / 1000;
}

const maxInFlight = 1500;
const tickMs = 20;
const flowMs = 250;

function main(options: LoadOptions): void {
  const { url, username, password, serials, connections } = options;
  const clients: MqttClient[] = [];
  for (let i = 0; i < connections; i++) {
    clients.push(
      connect(url, { username, password, clientId: `load-${i}`, reconnectPeriod: 150, keepalive: 20 }),
    );
    clients[i]!.on('error', () => undefined); // refused while the server is down: it connects again
  }
  const sent = new Array<number>(serials.length).fill(0);
  const acked = serials.map(() => new Uint8Array(400_000 / 8));
  let inFlight = 0;
  let owed = 0;
  let next = 0;
  let acknowledged = 0;
  const timer = setInterval(() => {
    owed = Math.min(owed + (options.messagesPerSecond * tickMs) / 1000, 500);
    while (owed >= 1 && inFlight < maxInFlight) {
      owed--;
      const meter = next++ % serials.length;
      const client = clients[meter % connections]!;
      if (!client.connected) continue;
      const index = sent[meter]!++;
      inFlight++;
      const end = options.firstS + index * options.intervalS;
      const payload = `{"meter":"${serials[meter]}","series":[{"quantity":"import","unit":"kWh","interval":${options.intervalS},"first":${end},"values":[${energyOf(index)}]}]}`;
      client.publish(`openami/v1/${serials[meter]}/readings`, payload, { qos: 1 }, (error) => {
        inFlight--;
        if (error) return;
        acknowledged++;
        acked[meter]![index >> 3]! |= 1 << (index & 7);
      });
    }
  }, tickMs);
  const flow = setInterval(() => {
    process.send!({ type: 'flow', perSecond: (acknowledged * 1000) / flowMs });
    acknowledged = 0;
  }, flowMs);
  process.on('message', (message: { type: string }) => {
    if (message.type !== 'stop') return;
    clearInterval(timer);
    clearInterval(flow);
    const waiting = setInterval(() => {
      if (inFlight > 0) return;
      clearInterval(waiting);
      process.send!(
        { type: 'done', sent, acked: acked.map((bits) => Buffer.from(bits).toString('base64')) },
        () => {
          for (const client of clients) client.end(true);
          process.disconnect();
        },
      );
    }, 50);
  });
  process.send!({ type: 'ready' });
}

process.once('message', (options: LoadOptions) => {
  if ('serials' in options) main(options);
});
