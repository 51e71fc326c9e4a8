import { defineErrors } from '@openami/model';

const codec = { fault: 'peer', status: 502 } as const;
const caller = { fault: 'caller', status: 422 } as const;

/** Failures of payload codecs. `data.logs` has what the codec printed. */
export const codecErrors = defineErrors({
  CODEC_INVALID: {
    ...caller,
    title: 'The codec is not one.',
    hint: 'Correct what the detail names; the guide to codecs shows a whole one.',
  },
  CODEC_EXAMPLE_FAILED: {
    ...caller,
    title: 'An example of the codec does not give what it says.',
    hint: 'Compare the difference; correct the script or the example and upload it again.',
  },
  CODEC_SYNTAX: {
    ...caller,
    title: 'The script of the codec cannot be parsed.',
    hint: 'Correct the line named; modules (import, export) are not supported, plain scripts are.',
  },
  CODEC_NO_FUNCTION: {
    ...caller,
    title: 'The script has no such function.',
    hint: 'Define decodeUplink(input), or one of the older Decoder(bytes, port) and Decode(fPort, bytes).',
  },
  CODEC_NO_MODULE: {
    ...caller,
    title: 'The script uses a module, which codecs do not have.',
    hint: 'Bundle what it needs into one script. M-Bus payloads need none: name `"decoder": "mbus"`.',
  },
  CODEC_THREW: {
    ...codec,
    title: 'The codec threw an error.',
    hint: 'Check the port and the model of the device; the detail is what the codec said.',
  },
  CODEC_REFUSED: {
    ...codec,
    title: 'The codec returned errors instead of data.',
    hint: 'The detail is what the codec said of the payload.',
  },
  CODEC_BAD_RESULT: {
    ...codec,
    title: 'The codec returned something that is no result.',
    hint: 'A codec returns {data: {...}} or {bytes: [...], fPort}, plain and at once.',
  },
  CODEC_FIELD: {
    ...codec,
    title: 'A field that the codec maps to readings has no usable value, unit or time.',
    hint: 'Compare the mapping of the codec with the fields that it returns.',
  },
  CODEC_TIMEOUT: {
    ...codec,
    title: 'The codec took too long and was stopped.',
    hint: 'Look for a loop that does not end with this payload.',
  },
  CODEC_OUT_OF_MEMORY: {
    ...codec,
    title: 'The codec used more memory than it may.',
    hint: 'Look for lists or texts that grow with every round of a loop.',
  },
  CODEC_STACK_OVERFLOW: {
    ...codec,
    title: 'The codec called itself too deeply.',
    hint: 'Look for a recursion that does not end with this payload.',
  },
  CODEC_SUSPENDED: {
    ...codec,
    title: 'The codec is suspended, because it had to be killed.',
    hint: 'Correct the script and upload it again; else it is tried again after a while.',
  },
  CODEC_NONE: {
    ...caller,
    title: 'The device has no codec yet.',
    hint: 'Assign one to it: what was kept of the device is read then, too.',
  },
  CODEC_PORT: {
    ...caller,
    title: 'The codec of the device does not decode this port.',
    hint: 'Add the port to `fPorts` of the codec, where it carries readings.',
  },
  CODEC_FPORT: {
    ...caller,
    title: 'The codec encodes the downlink for another port than was asked for.',
    hint: 'Ask for the port that `encodeDownlink` of the codec gives, or correct the codec.',
  },
  CODEC_BUSY: {
    fault: 'ours',
    status: 503,
    title: 'Too many payloads wait to be decoded.',
    hint: 'Send again later; what is not acknowledged comes again.',
  },
  DOWNLINK_CONFLICT: {
    fault: 'ours',
    status: 409,
    title: 'The downlink changed while it was dealt with.',
    hint: 'Ask for it again; if it lasts, two head-ends work on the same queue.',
  },
  CODEC_HOST: {
    fault: 'ours',
    status: 500,
    title: 'The process that runs codecs cannot be started.',
    hint: 'Look at the detail; check that the installation is complete.',
  },
  CODEC_CLOSED: {
    fault: 'closed',
    status: 503,
    title: 'The process that runs codecs is shutting down.',
    hint: 'Send again when it is back.',
  },
});

/** The error of ours for one that a script threw; `isLoading`: a syntax error is one of the script. */
export function thrownError(name: string, message: string, isLoading: boolean, logs: readonly string[] = []) {
  const detail = `${name}: ${message}`.slice(0, 1_000);
  const data = logs.length === 0 ? {} : { logs };
  if (name === 'InternalError' || name === 'SyntaxError') {
    if (message.startsWith('stack overflow')) return codecErrors.CODEC_STACK_OVERFLOW(undefined, data);
    if (message.startsWith('out of memory')) return codecErrors.CODEC_OUT_OF_MEMORY(undefined, data);
  }
  if (name === 'NoModule') return codecErrors.CODEC_NO_MODULE(message, data);
  if (isLoading && name === 'SyntaxError') return codecErrors.CODEC_SYNTAX(detail, data);
  return codecErrors.CODEC_THREW(detail, data);
}
