/** Recorded dialogues byte for byte: our client, fed with what the meter sent, sends what the recorded client sent. */
import { describe, expect, test } from 'vitest';
import {
  encodeHdlcFrame,
  encodeWrapper,
  HdlcClient,
  HdlcDecoder,
  type HdlcFrame,
  type HdlcStep,
  ModeEClient,
  SegmentAssembler,
  sameAddress,
  WrapperDecoder,
} from '../../../src/dlms/index.ts';
import { transcript } from '../dialogue.ts';
import { hasVectors, hex, toHex } from '../vectors.ts';

type Exchange = ['client' | 'server', string][];

function framesOf(text: string): HdlcFrame[] {
  return new HdlcDecoder().push(hex(text)).map((item) => {
    if (item.error) throw item.error;
    return item.frame;
  });
}

/** Plays the meter's side; returns what our client sent, in the order of the recorded exchange. */
function replay(exchange: Exchange): { sent: string[]; recorded: string[]; answers: number } {
  let end: HdlcClient | undefined;
  let step: HdlcStep = { send: [], events: [] };
  const requests = new SegmentAssembler();
  const sent: string[] = [];
  const recorded: string[] = [];
  let answers = 0;
  for (const [side, text] of exchange) {
    if (side === 'server') {
      step = end!.receive(hex(text), 0);
      answers += step.events.filter(({ type }) => type === 'pdu').length;
      expect(step.events.filter(({ type }) => type === 'failed' || type === 'noise')).toEqual([]);
      continue;
    }
    recorded.push(text);
    for (const frame of framesOf(text)) {
      const { kind } = frame.control;
      if (kind === 'snrm') {
        end = new HdlcClient({ client: frame.source, server: frame.destination });
        step = end.connect(0);
      } else if (kind === 'disc') step = end!.disconnect(0);
      else if (kind === 'i') {
        const [request] = requests.hdlc(frame);
        if (request?.frame) step = end!.send(request.frame.apdu, 0);
      }
    }
    sent.push(step.send.map(toHex).join(''));
    step = { send: [], events: [] };
  }
  return { sent, recorded, answers };
}

describe.skipIf(!hasVectors)('HDLC', () => {
  test.each([
    ['gxc_hdlc_ln_none', 339],
    ['gxc_hdlc_ln_high', 14],
    ['gxc_hdlc_ln_gmac_ae', 345],
    ['gxj_hdlc_ln_low', 187],
    ['gxjsim_hdlc_ln_none', 37],
  ])('%s', (name, count) => {
    const { sent, recorded, answers } = replay(transcript(name).exchange);
    expect(sent).toEqual(recorded);
    expect(answers).toBe(count);
  });

  test('with a mode E opening', () => {
    const { exchange } = transcript('gxc_hdlc_modee_none');
    const opening = new ModeEClient();
    const said = [opening.start().send.map(toHex).join('')];
    const steps = [exchange[1]!, exchange[3]!].map(([, text]) => opening.receive(hex(text)));
    said.push(steps[0]!.send.map(toHex).join(''));
    expect(said).toEqual([exchange[0]![1], exchange[2]![1]]);
    expect(steps[1]!.done).toMatchObject({ maker: 'GRX', baud: 9600 });
    const { sent, recorded } = replay(exchange.slice(4));
    expect(sent).toEqual(recorded);
  });

  test('every frame of both sides is written as it came', () => {
    let frames = 0;
    for (const name of ['gxc_hdlc_ln_none', 'gxc_hdlc_ln_high', 'gxc_hdlc_ln_gmac_ae', 'gxj_hdlc_ln_low']) {
      for (const [, text] of transcript(name).exchange) {
        const all = framesOf(text);
        // two frames may share the flag between them
        const written = all.map((frame) => toHex(encodeHdlcFrame(frame))).join('');
        expect(written.replaceAll('7e7e', '7e')).toBe(text.replaceAll('7e7e', '7e'));
        frames += all.length;
      }
    }
    expect(frames).toBeGreaterThan(2300);
  });

  test('both ends of a dialogue have the same addresses', () => {
    const [first, second] = transcript('gxj_hdlc_ln_low').exchange.map(([, text]) => framesOf(text)[0]!);
    expect(sameAddress(first!.source, second!.destination)).toBe(true);
    expect(sameAddress(first!.destination, second!.source)).toBe(true);
  });
});

describe.skipIf(!hasVectors)('wrapper', () => {
  test.each(['gxc_wrapper_ln_gmac_ae_sel', 'gxc_wrapper_ln_low', 'gxj_wrapper_ln_none'])('%s', (name) => {
    const decoders = { client: new WrapperDecoder(), server: new WrapperDecoder() };
    for (const [side, text] of transcript(name).exchange) {
      const items = decoders[side].push(hex(text));
      expect(items.map(({ frame }) => toHex(encodeWrapper(frame!))).join('')).toBe(text);
    }
    expect([decoders.client.pending, decoders.server.pending]).toEqual([0, 0]);
  });
});
