/** Short-name services (IEC 62056-5-3 clause 8: Read, Write, UnconfirmedWrite, InformationReport). */
import { dataAccessResult } from './common.ts';
import {
  bool,
  choice,
  data,
  i16,
  list,
  nothing,
  octets,
  optional,
  sequence,
  single,
  u8,
  u16,
} from './schema.ts';

/** Variable-Access-Specification. Names are signed: 0xFA00, the current association, is -1536. */
const variable = choice('Variable-Access-Specification', {
  name: [2, sequence({ name: i16 })],
  parameterized: [4, sequence({ name: i16, selector: u8, parameter: data })],
  block: [5, sequence({ number: u16 })],
  'read-block': [6, sequence({ last: bool, number: u16, raw: octets })],
  'write-block': [7, sequence({ last: bool, number: u16 })],
});

export const readRequest = sequence({ variables: list(variable) });

export const readResponse = sequence({
  results: list(
    choice('ReadResponse', {
      data: [0, single(data)],
      error: [1, single(dataAccessResult)],
      block: [2, sequence({ last: bool, number: u16, raw: octets })],
      'block-number': [3, sequence({ number: u16 })],
    }),
  ),
});

/** WriteRequest and UnconfirmedWriteRequest. */
export const writeRequest = sequence({ variables: list(variable), values: list(data) });

/** Each element one byte at least: success is its tag alone. */
export const writeResponse = sequence({
  results: list(
    choice('WriteResponse', {
      success: [0, nothing],
      error: [1, single(dataAccessResult)],
      'block-number': [2, sequence({ number: u16 })],
    }),
  ),
});

/** `time` is a GeneralizedTime text. */
export const informationReportRequest = sequence({
  time: optional(octets),
  variables: list(variable),
  values: list(data),
});
