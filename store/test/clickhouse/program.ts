/** A program that stores and reports what was acknowledged, until it is killed: used by faults.test.ts. */
import { ReadingBatch } from '@openami/model';
import { openTestStore, TestClock } from './support.ts';

const [, , dataDir, fromText] = process.argv;
const store = await openTestStore(dataDir!, new TestClock());
process.send?.({ pid: store.engine.status().pid });

let next = Number(fromText);

async function send(): Promise<void> {
  for (;;) {
    const n = next++;
    const readings = new ReadingBatch(40);
    for (let i = 0; i < 40; i++) readings.push(1_000 + n, 1_700_000_000 + (i + 1) * 900, n, 10, 1, 0);
    const frame = {
      source: 'mqtt',
      device: `m${n}`,
      meter: n,
      payload: Buffer.from('p'),
      accepted: 40,
    } as const;
    await store.writer.commit({ readings, frames: [{ ...frame, receivedMs: Date.now(), outcome: 'OK' }] });
    process.send?.({ stored: n });
  }
}

await Promise.all(Array.from({ length: 10 }, send));
