/** Client and server of HDLC against each other, on a line that loses, damages, delays and repeats. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  clientAddress,
  decodeHdlcParameters,
  defaultHdlcParameters,
  encodeHdlcFrame,
  encodeHdlcNotification,
  encodeHdlcParameters,
  HdlcClient,
  type HdlcClientOptions,
  type HdlcControl,
  HdlcDecoder,
  type HdlcEvent,
  type HdlcParameters,
  HdlcServer,
  type HdlcServerOptions,
  type HdlcStep,
  sameAddress,
  serverAddress,
} from '../../../src/dlms/index.ts';
import { HdlcTransfer } from '../../../src/dlms/link/hdlc-transfer.ts';
import { hex, toHex } from '../vectors.ts';
import { concat, frames, pieces, seeded } from './made.ts';

const client = clientAddress(16);
const server = serverAddress(1, 17);
const none = new Uint8Array(0);

/** A meter that answers a request with what `answer` makes of it. */
function meter(answer: (request: Uint8Array) => Uint8Array, options: Partial<HdlcServerOptions> = {}) {
  const end = new HdlcServer({ accepts: (address) => sameAddress(address, server), ...options });
  return (bytes: Uint8Array, nowMs: number): Uint8Array[] => {
    const step = end.receive(bytes, nowMs);
    const out = [...step.send];
    for (const event of step.events) {
      if (event.type === 'pdu') out.push(...end.send(event.link, answer(event.pdu)).send);
    }
    return out;
  };
}

interface Line {
  /** Of 100 frames, how many are lost, damaged and repeated. */
  lose: number;
  damage: number;
  repeat: number;
  seed: number;
}

/** Runs one end against the other until the client has nothing to wait for. */
function run(
  end: HdlcClient,
  peer: (bytes: Uint8Array, nowMs: number) => Uint8Array[],
  first: HdlcStep,
  line: Line = { lose: 0, damage: 0, repeat: 0, seed: 1 },
  fromMs = 0,
): { events: HdlcEvent[]; nowMs: number; frames: number } {
  const next = seeded(line.seed);
  const events: HdlcEvent[] = [...first.events];
  let nowMs = fromMs;
  let frames = 0;
  const over = (sent: readonly Uint8Array[]): Uint8Array[] =>
    sent.flatMap((frame) => {
      frames++;
      if (next(100) < line.lose) return [];
      const copy = frame.slice();
      if (next(100) < line.damage) copy[next(copy.length)]! ^= 1 << next(8);
      return next(100) < line.repeat ? [copy, copy.slice()] : [copy];
    });
  let sent = first.send;
  for (let turns = 0; turns < 5000; turns++) {
    const replies = over(sent).flatMap((frame) => over(peer(frame, nowMs)));
    nowMs += 10;
    sent = [];
    for (const chunk of pieces(concat(replies), line.seed + turns, 50)) {
      const step = end.receive(chunk, nowMs);
      sent = [...sent, ...step.send];
      events.push(...step.events);
    }
    if (sent.length > 0) continue;
    if (end.deadlineMs === Number.POSITIVE_INFINITY) return { events, nowMs, frames };
    nowMs = Math.max(nowMs, end.deadlineMs);
    const step = end.tick(nowMs);
    sent = step.send;
    events.push(...step.events);
  }
  throw new Error('no end');
}

const quiet = (events: HdlcEvent[]) => events.filter(({ type }) => type !== 'noise');

function connected(
  options: Partial<HdlcClientOptions>,
  peer: (bytes: Uint8Array, nowMs: number) => Uint8Array[],
) {
  const end = new HdlcClient({ client, server, ...options });
  const { events } = run(end, peer, end.connect(0));
  expect(events).toEqual([expect.objectContaining({ type: 'connected' })]);
  return end;
}

describe('parameters', () => {
  const some = fc.record({
    transmitBytes: fc.integer({ min: 1, max: 2030 }),
    receiveBytes: fc.integer({ min: 1, max: 2030 }),
    transmitWindow: fc.integer({ min: 1, max: 7 }),
    receiveWindow: fc.integer({ min: 1, max: 7 }),
  });

  test('golden bytes both ways', () => {
    const text = '818012050180060180070400000001080400000001';
    expect(toHex(encodeHdlcParameters(defaultHdlcParameters))).toBe(text);
    expect(decodeHdlcParameters(hex(text))).toEqual(defaultHdlcParameters);
    const wide = { transmitBytes: 248, receiveBytes: 2030, transmitWindow: 1, receiveWindow: 7 };
    expect(toHex(encodeHdlcParameters(wide))).toBe('8180130501f8060207ee070400000001080400000007');
  });

  test('decode(encode(parameters)) = parameters', () => {
    fc.assert(
      fc.property(some, (all) => {
        expect(decodeHdlcParameters(encodeHdlcParameters(all))).toEqual(all);
      }),
    );
  });

  test.each([
    ['nothing said', '', defaultHdlcParameters],
    [
      'some said, and one that is not known',
      '81800605010a090101',
      { ...defaultHdlcParameters, transmitBytes: 10 },
    ],
    [
      'more than there is',
      '818008050301000007 0109'.replace(' ', ''),
      { ...defaultHdlcParameters, transmitBytes: 2030, transmitWindow: 7 },
    ],
  ])('%s', (_, text, expected) => {
    expect(decodeHdlcParameters(hex(text))).toEqual(expected);
  });

  test.each(['80', '8181030501ff', '818020050180', '8180030502 80'.replace(' ', ''), '818003050100'])(
    'broken: %s',
    (text) => {
      expect(() => decodeHdlcParameters(hex(text))).toThrow(
        expect.objectContaining({ code: 'DLMS_LINK_PARAMETERS' }),
      );
    },
  );

  test('out of range is refused', () => {
    expect(() => encodeHdlcParameters({ ...defaultHdlcParameters, receiveWindow: 8 })).toThrow(
      expect.objectContaining({ code: 'DLMS_LINK_NOT_ENCODABLE' }),
    );
  });

  test('the link uses what both sides can do', () => {
    fc.assert(
      fc.property(some, some, (mine, theirs) => {
        const end = new HdlcClient({ client, server, parameters: mine });
        const { events } = run(
          end,
          meter((pdu) => pdu, { parameters: theirs }),
          end.connect(0),
        );
        const agreed = (events[0] as { parameters: HdlcParameters }).parameters;
        expect(agreed.transmitBytes).toBe(Math.min(mine.transmitBytes, theirs.receiveBytes));
        expect(agreed.receiveWindow).toBe(Math.min(mine.receiveWindow, theirs.transmitWindow));
      }),
    );
  });
});

describe('a link', () => {
  test('any sizes, windows and chunks give the same APDUs', () => {
    const sizes = fc.record({
      transmitBytes: fc.integer({ min: 4, max: 60 }),
      receiveBytes: fc.integer({ min: 4, max: 60 }),
      transmitWindow: fc.integer({ min: 1, max: 7 }),
      receiveWindow: fc.integer({ min: 1, max: 7 }),
    });
    fc.assert(
      fc.property(sizes, sizes, fc.uint8Array({ minLength: 1, maxLength: 700 }), (mine, theirs, pdu) => {
        const backwards = (request: Uint8Array) => request.slice().reverse();
        const peer = meter(backwards, { parameters: theirs });
        const end = connected({ parameters: mine }, peer);
        for (let i = 0; i < 3; i++) {
          const { events } = run(end, peer, end.send(pdu, 100));
          expect(events).toEqual([{ type: 'pdu', pdu: backwards(pdu) }]);
        }
        expect(run(end, peer, end.disconnect(200)).events).toEqual([{ type: 'disconnected' }]);
      }),
      { numRuns: 60 },
    );
  });

  test('whatever the line does, an APDU arrives whole and once, or the link fails in bounded time', () => {
    let whole = 0;
    let failed = 0;
    fc.assert(
      fc.property(
        fc.record({
          lose: fc.integer({ min: 0, max: 20 }),
          damage: fc.integer({ min: 0, max: 20 }),
          repeat: fc.integer({ min: 0, max: 20 }),
          seed: fc.integer(),
        }),
        fc.integer({ min: 1, max: 3 }),
        (line, window) => {
          const parameters = {
            transmitBytes: 20,
            receiveBytes: 20,
            transmitWindow: window,
            receiveWindow: window,
          };
          const requests: string[] = [];
          const peer = meter(
            (request) => {
              requests.push(toHex(request));
              return concat([request, request]);
            },
            { parameters },
          );
          const end = connected({ parameters, retries: 8 }, peer);
          let nowMs = 100;
          for (let i = 0; i < 4; i++) {
            const pdu = new Uint8Array(90).fill(i + 1);
            const got = run(end, peer, end.send(pdu, nowMs), { ...line, seed: line.seed + i }, nowMs);
            const events = quiet(got.events);
            expect(events).toHaveLength(1);
            expect(got.nowMs - nowMs).toBeLessThan(1_000_000);
            nowMs = got.nowMs + 1000;
            if (events[0]!.type === 'failed') {
              failed++;
              return;
            }
            expect(events).toEqual([{ type: 'pdu', pdu: concat([pdu, pdu]) }]);
            expect(requests).toEqual(
              Array.from({ length: i + 1 }, (_, n) => toHex(new Uint8Array(90).fill(n + 1))),
            );
            whole++;
          }
        },
      ),
      { numRuns: 150 },
    );
    expect(whole).toBeGreaterThan(failed * 10);
  });

  test('a repeated answer does not make frames double from then on', () => {
    const peer = meter((pdu) => pdu);
    const end = connected({}, peer);
    const clean = run(end, peer, end.send(new Uint8Array(500), 0)).frames;
    const doubled = run(end, peer, end.send(new Uint8Array(500), 0), {
      lose: 0,
      damage: 0,
      repeat: 100,
      seed: 1,
    }).frames;
    expect(doubled).toBeLessThan(clean * 2.5);
  });

  test('nobody there: so many attempts, then a time-out', () => {
    const end = new HdlcClient({ client, server, timeoutMs: 1000, retries: 2 });
    const { events, nowMs, frames } = run(end, () => [], end.connect(0));
    expect(events).toEqual([
      { type: 'failed', error: expect.objectContaining({ code: 'DLMS_LINK_TIMEOUT' }) },
    ]);
    // each turn of the line takes 10 ms
    expect([nowMs, frames]).toEqual([3010, 3]);
    expect(end.state).toBe('disconnected');
  });

  test('a meter that stops in the middle of an answer', () => {
    const whole = meter(() => new Uint8Array(1000));
    let frames = 0;
    const peer = (bytes: Uint8Array, nowMs: number) => (++frames > 4 ? [] : whole(bytes, nowMs));
    const end = connected({ timeoutMs: 1000, retries: 2 }, peer);
    const { events } = run(end, peer, end.send(none, 0));
    expect(events).toEqual([
      { type: 'failed', error: expect.objectContaining({ code: 'DLMS_LINK_TIMEOUT' }) },
    ]);
  });

  test('bytes that trickle in without a frame do not hold the link open', () => {
    const peer = meter((pdu) => pdu);
    const end = connected({ timeoutMs: 1000, retries: 1 }, peer);
    end.send(Uint8Array.of(1), 0);
    const events: HdlcEvent[] = [];
    for (let nowMs = 0; nowMs < 10_000 && end.state === 'connected'; nowMs += 100) {
      events.push(...end.receive(Uint8Array.of(0x7e), nowMs).events, ...end.tick(nowMs).events);
    }
    expect(quiet(events)).toEqual([
      { type: 'failed', error: expect.objectContaining({ code: 'DLMS_LINK_TIMEOUT' }) },
    ]);
  });

  test.each<[string, HdlcControl, string]>([
    ['DM', { kind: 'dm', poll: true }, 'DLMS_LINK_REFUSED'],
    ['FRMR', { kind: 'frmr', poll: true }, 'DLMS_LINK_REJECTED'],
    ['REJ for ever', { kind: 'rej', receiveSequence: 0, poll: true }, 'DLMS_LINK_SEGMENT'],
    ['RR for ever', { kind: 'rr', receiveSequence: 1, poll: true }, 'DLMS_LINK_TIMEOUT'],
    ['RNR for ever', { kind: 'rnr', receiveSequence: 0, poll: true }, 'DLMS_LINK_TIMEOUT'],
    [
      'a frame out of order for ever',
      { kind: 'i', sendSequence: 3, receiveSequence: 1, poll: true },
      'DLMS_LINK_SEGMENT',
    ],
    [
      'an acknowledgement of what was not sent',
      { kind: 'rr', receiveSequence: 5, poll: true },
      'DLMS_LINK_TIMEOUT',
    ],
  ])('a meter that answers with %s', (_, control, code) => {
    const peer = meter((pdu) => pdu);
    const end = connected({ timeoutMs: 1000, retries: 2 }, peer);
    const answer = encodeHdlcFrame({
      destination: client,
      source: server,
      control,
      segmented: false,
      information: control.kind === 'i' ? Uint8Array.of(1) : none,
    });
    const { events, nowMs } = run(end, () => [answer], end.send(Uint8Array.of(1), 0));
    expect(quiet(events)).toEqual([{ type: 'failed', error: expect.objectContaining({ code }) }]);
    expect(nowMs).toBeLessThan(10_000);
  });

  test('a meter that needs time acknowledges first and answers when polled', () => {
    const end = new HdlcServer({ accepts: () => true });
    const peer = (bytes: Uint8Array, nowMs: number) => end.receive(bytes, nowMs).send as Uint8Array[];
    const asking = connected({}, peer);
    let link: { client: typeof client; server: typeof server } | undefined;
    const busy = (bytes: Uint8Array, nowMs: number): Uint8Array[] => {
      const step = end.receive(bytes, nowMs);
      const [event] = step.events;
      if (event?.type === 'pdu') link = event.link;
      // the answer is ready only after a while, and waits for its turn
      if (nowMs >= 900 && link) {
        const queued = end.send(link, Uint8Array.of(7)).send;
        link = undefined;
        expect(queued.length + step.send.length).toBeGreaterThan(0);
        return [...step.send, ...queued];
      }
      return event?.type === 'pdu' ? [rr()] : [...step.send];
    };
    const rr = () =>
      encodeHdlcFrame({
        destination: client,
        source: server,
        control: { kind: 'rr', receiveSequence: 1, poll: true },
        segmented: false,
        information: none,
      });
    const { events } = run(asking, busy, asking.send(Uint8Array.of(1), 0));
    expect(events).toEqual([{ type: 'pdu', pdu: Uint8Array.of(7) }]);
  });

  test('any bytes at any time: events only', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.uint8Array({ maxLength: 60 }), frames.map(encodeHdlcFrame))),
        (chunks) => {
          const peer = meter((pdu) => pdu);
          const end = connected({}, peer);
          end.send(Uint8Array.of(1), 0);
          for (const [index, chunk] of chunks.entries()) {
            end.receive(chunk, index);
            end.tick(index * 1000);
          }
          end.disconnect(0);
          end.connect(0);
          // what is left of the bytes before must not hide the answer
          const left = end.receive(new Uint8Array(2100), 0);
          expect(left.send).toEqual([]);
          expect(end.state).toBe('connecting');
        },
      ),
    );
  });

  test('an answer beyond the limit ends the link', () => {
    const peer = meter(() => new Uint8Array(2000));
    const end = connected({ maxPduBytes: 1000 }, peer);
    const { events } = run(end, peer, end.send(Uint8Array.of(1), 0));
    expect(events).toEqual([
      { type: 'failed', error: expect.objectContaining({ code: 'DLMS_LINK_OVER_LIMIT' }) },
    ]);
  });

  test('empty segments without end do not fill the memory', () => {
    const transfer = new HdlcTransfer(defaultHdlcParameters, 100);
    for (let i = 0; i < 10_000; i++) expect(transfer.accept(i & 7, true, none)).toEqual({ place: 'due' });
    expect(transfer.accept(0, false, Uint8Array.of(1)).pdu).toEqual(Uint8Array.of(1));
  });

  test('requests before the link is open and beside another are refused', () => {
    const peer = meter((pdu) => pdu);
    const end = new HdlcClient({ client, server });
    const code = 'DLMS_LINK_NOT_OPEN';
    expect(() => end.send(none, 0)).toThrow(expect.objectContaining({ code }));
    run(end, peer, end.connect(0));
    end.send(none, 0);
    expect(() => end.send(none, 0)).toThrow(expect.objectContaining({ code }));
  });

  test('parameters that make no sense end the attempt', () => {
    const ua = encodeHdlcFrame({
      destination: client,
      source: server,
      control: { kind: 'ua', poll: true },
      segmented: false,
      information: hex('818003050100'),
    });
    const end = new HdlcClient({ client, server });
    const { events } = run(end, () => [ua], end.connect(0));
    expect(events).toEqual([
      { type: 'failed', error: expect.objectContaining({ code: 'DLMS_LINK_PARAMETERS' }) },
    ]);
  });

  test('frames of others on the line are left alone', () => {
    const peer = meter((pdu) => pdu);
    const end = connected({}, peer);
    const other = encodeHdlcFrame({
      destination: clientAddress(1),
      source: server,
      control: { kind: 'dm', poll: true },
      segmented: false,
      information: none,
    });
    expect(end.receive(other, 5)).toEqual({ send: [], events: [] });
    expect(end.ready).toBe(true);
  });

  test('a push in UI frames is given besides the answer', () => {
    const peer = meter((pdu) => pdu);
    const end = connected({}, peer);
    const push = new Uint8Array(400).map((_, i) => i);
    const frames = encodeHdlcNotification({ client, server }, push, 128);
    expect(frames).toHaveLength(4);
    const events = frames.flatMap((frame) => end.receive(frame, 5).events);
    expect(events).toEqual([{ type: 'notification', pdu: push }]);
  });
});

describe('the meter', () => {
  const ask = (control: HdlcControl, information: Uint8Array = none) =>
    encodeHdlcFrame({ destination: server, source: client, control, segmented: false, information });
  const kinds = (sent: readonly Uint8Array[]) =>
    sent.flatMap((bytes) => new HdlcDecoder().push(bytes)).map((item) => item.frame!.control.kind);

  test('without a link: DM to everything but SNRM', () => {
    const end = new HdlcServer({ accepts: () => true });
    expect(kinds(end.receive(ask({ kind: 'disc', poll: true }), 0).send)).toEqual(['dm']);
    expect(kinds(end.receive(ask({ kind: 'rr', receiveSequence: 0, poll: true }), 0).send)).toEqual(['dm']);
    expect(kinds(end.receive(ask({ kind: 'snrm', poll: true }), 0).send)).toEqual(['ua']);
  });

  test('a request that was cut off does not swallow its repetition', () => {
    const end = new HdlcServer({ accepts: () => true });
    end.receive(ask({ kind: 'snrm', poll: true }), 0);
    const request = ask({ kind: 'i', sendSequence: 0, receiveSequence: 0, poll: true }, new Uint8Array(100));
    expect(end.receive(request.subarray(0, 60), 10).events).toEqual([]);
    const { events } = end.receive(request, 5000);
    expect(events.map(({ type }) => type)).toEqual(['noise', 'pdu']);
  });

  test('a link without frames is dropped, and so many links are held', () => {
    const end = new HdlcServer({ accepts: () => true, inactivityMs: 1000, maxLinks: 1 });
    end.receive(ask({ kind: 'snrm', poll: true }), 0);
    const other = encodeHdlcFrame({
      destination: server,
      source: clientAddress(1),
      control: { kind: 'snrm', poll: true },
      segmented: false,
      information: none,
    });
    expect(kinds(end.receive(other, 500).send)).toEqual(['dm']);
    expect(end.tick(999).events).toEqual([]);
    expect(end.tick(1000).events).toEqual([{ type: 'disconnected', link: { client, server } }]);
    expect(kinds(end.receive(other, 1500).send)).toEqual(['ua']);
    expect(() => end.send({ client, server }, none)).toThrow(
      expect.objectContaining({ code: 'DLMS_LINK_NOT_OPEN' }),
    );
  });

  test('broken parameters and requests beyond the limit are rejected', () => {
    const end = new HdlcServer({ accepts: () => true, maxPduBytes: 10 });
    expect(kinds(end.receive(ask({ kind: 'snrm', poll: true }, Uint8Array.of(1)), 0).send)).toEqual(['frmr']);
    end.receive(ask({ kind: 'snrm', poll: true }), 0);
    const big = ask({ kind: 'i', sendSequence: 0, receiveSequence: 0, poll: true }, new Uint8Array(11));
    const step = end.receive(big, 0);
    expect(kinds(step.send)).toEqual(['frmr']);
    expect(step.events.map(({ type }) => type)).toEqual(['noise', 'disconnected']);
  });

  test('a client that asks on and takes no answer is dropped before the answers fill the memory', () => {
    const end = new HdlcServer({ accepts: () => true, maxPduBytes: 20_000 });
    const frame = (control: HdlcControl, information: Uint8Array = none) =>
      encodeHdlcFrame({ destination: server, source: client, control, segmented: false, information });
    end.receive(frame({ kind: 'snrm', poll: true }), 0);
    let answered = 0;
    for (let i = 0; i < 100; i++) {
      const control = { kind: 'i', sendSequence: i & 7, receiveSequence: 0, poll: false } as const;
      const { events } = end.receive(frame(control, hex('e6e600c0')), 0);
      for (const event of events) {
        if (event.type !== 'pdu') continue;
        end.send(event.link, new Uint8Array(1_000));
        answered++;
      }
      if (events.some(({ type }) => type === 'disconnected')) break;
    }
    expect(answered).toBe(20);
  });

  test('any bytes: no other error, and still there', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 10 }), (chunks) => {
        const end = new HdlcServer({ accepts: () => true });
        for (const chunk of chunks) end.receive(chunk, 0);
        // damaged bytes may end in what looks like the start of a frame
        end.receive(new Uint8Array(2100), 0);
        expect(kinds(end.receive(ask({ kind: 'snrm', poll: true }), 0).send)).toEqual(['ua']);
      }),
    );
  });
});
