/** `openami decode iec62056-21`: what a line carried as JSON that reads by itself. */
import { OpenAmiError } from '@openami/model';
import { decimalText } from '../decimal.ts';
import {
  type DecodedLine,
  decodedLine,
  hexOrText,
  type Plain,
  renderError,
  textField,
} from '../decode-line.ts';
import { readWhole } from '../frame-stream.ts';
import { asciiBytes } from '../text.ts';
import { iecErrors } from './errors.ts';
import { errorAnswerOf, type IecMessage, type IecRecord } from './message.ts';
import { type IecProfile, profilesOf } from './profile.ts';
import { Iec62056Stream, isIecPush } from './stream.ts';
import { iecUtcSeconds } from './time.ts';

/**
 * One line: `{"id":"1","text":"\u00020.0.0(1)…"}` or `hex`: messages of a sign-on in any order, or telegrams
 * that a meter pushes; `zone` (IANA) gives profiles their UTC times. `ok` says that something was read and
 * nothing was damaged.
 */
export function decodeIec62056Line(text: string): DecodedLine {
  return decodedLine(text, (line) => {
    const bytes = hexOrText(line, asciiBytes);
    const zone = textField(line, 'zone');
    const stream = new Iec62056Stream({ push: isIecPush(bytes) });
    const { frames: messages, errors } = readWhole(stream, bytes);
    const { profiles = [], error } = profilesIn(messages);
    if (error !== undefined) errors.push(error);
    const wrong =
      errors.find(({ code }) => !edges.includes(code)) ??
      (messages.length > 0 ? undefined : (errors[0] ?? iecErrors.IEC_FRAME('no bytes')));
    return {
      ok: messages.length > 0 && wrong === undefined,
      ...(wrong === undefined ? {} : { error: renderError(wrong) }),
      messages: messages.map(renderMessage),
      ...(profiles.length === 0 ? {} : { profiles: profiles.map((profile) => renderProfile(profile, zone)) }),
      ...(errors.length === 0 || messages.length === 0 ? {} : { skipped: errors.map(renderError) }),
    };
  });
}

function profilesIn(messages: readonly IecMessage[]): { profiles?: IecProfile[]; error?: OpenAmiError } {
  try {
    const answers = messages.filter(
      (message) => message.kind !== 'data' || errorAnswerOf(message) === undefined,
    );
    return {
      profiles: profilesOf(answers.flatMap((message) => ('records' in message ? message.records : []))),
    };
  } catch (error) {
    if (error instanceof OpenAmiError) return { error };
    throw error;
  }
}

/** Where a capture begins and ends between messages. */
const edges = ['IEC_FRAME', 'IEC_TRUNCATED'];

function renderMessage(message: IecMessage): Plain {
  switch (message.kind) {
    case 'data': {
      const error = errorAnswerOf(message);
      return {
        ...{ kind: message.kind, isReadout: message.isReadout, isLast: message.isLast },
        ...(error === undefined ? {} : { refused: error }),
        records: message.records.map(renderRecord),
      };
    }
    case 'push': {
      const { kind, identification, trailer, records } = message;
      return { kind, identification: { ...identification }, trailer, records: records.map(renderRecord) };
    }
    case 'command':
      // passwords are not shown
      if (message.command === 'P' && message.type > 0)
        return { kind: 'command', command: 'P', type: message.type };
      return { ...message, values: message.values.map(renderValue) };
    default:
      return { ...message };
  }
}

function renderValue({
  value,
  unit = null,
}: {
  readonly value: string;
  readonly unit?: string | null;
}): Plain {
  return { value, unit };
}

function renderRecord({ address, values, text }: IecRecord): Plain {
  return text === undefined ? { address, values: values.map(renderValue) } : { text };
}

function renderProfile({ name, intervalS, channels, rows }: IecProfile, zone: string | undefined): Plain {
  return {
    name,
    intervalS,
    channels: channels.map((channel) => ({ ...channel })),
    rows: rows.map(({ time, afterS, status, values }) => {
      const endS = zone === undefined ? time.localS + afterS : iecUtcSeconds(time, zone) + afterS;
      const iso = new Date(endS * 1_000).toISOString();
      return {
        ...(zone === undefined ? { localEnd: iso.slice(0, 19) } : { end: iso }),
        ...(afterS === 0 ? { status } : {}),
        values: values.map((value) => (value === undefined ? null : decimalText(value))),
      };
    }),
  };
}
