import { expect, it } from 'vitest';
import { dlmsFieldErrors } from '../../src/dlms/errors.ts';
import { ingestSink } from '../../src/dlms/push-sink.ts';
import { fixture } from '../helpers/fixture.ts';

it('keeps some of what one sender is refused for, and what is refused of others', async () => {
  const { ingest, sink } = fixture();
  let left = 0;
  const pushes = ingestSink({
    ingest,
    onRefusal: (_, isKept) => {
      if (!isKept) left++;
    },
  });
  const error = dlmsFieldErrors.DLMS_PUSH_UNKNOWN('of nobody');
  for (let i = 0; i < 5_000; i++) pushes.refused!({ error, remote: `192.0.2.7:${i}` });
  // a registered meter behind the same address, and another address
  pushes.refused!({ error, remote: '192.0.2.7:1', device: 'OA1' });
  pushes.refused!({ error, remote: '192.0.2.8:1' });
  await ingest.close();
  const kept = (device: string) => sink.rejections.filter((one) => one.device === device).length;
  expect(kept('192.0.2.7')).toBeGreaterThanOrEqual(50);
  expect(kept('192.0.2.7')).toBeLessThan(60);
  expect([kept('OA1'), kept('192.0.2.8')]).toEqual([1, 1]);
  expect(left).toBe(5_002 - sink.rejections.length);
});
