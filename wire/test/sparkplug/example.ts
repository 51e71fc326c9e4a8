import { parseSparkplugTopic, SparkplugHost, sparkplugToPush } from '../../src/sparkplug/index.ts';

/** What the README shows. */
export function example(
  payload: Uint8Array,
  receivedMs: number,
  publish: (topic: string, payload: Uint8Array) => void,
): void {
  const host = new SparkplugHost();
  const topic = parseSparkplugTopic('spBv1.0/Plant/DDATA/Edge1/OA1000001');
  if (topic.kind !== 'STATE') {
    const taken = host.take(topic, payload, receivedMs);
    if (taken.rebirth) publish(taken.rebirth.topic, taken.rebirth.payload);
    console.log(sparkplugToPush(taken, { receivedMs })?.rejectCount);
  }
}
