import { defineErrors } from '@openami/model';

const caller = { fault: 'caller', status: 422 } as const;
const peer = { fault: 'peer', status: 422 } as const;

/** Why a mapping is not taken, or why a message or a value of it is refused. */
export const mappingErrors = defineErrors({
  MAPPING_MALFORMED: {
    ...caller,
    title: 'The mapping is not of the form of a mapping.',
    hint: 'Compare the field that is named with docs/guides/json-mappings.md.',
  },
  MAPPING_EXPRESSION: {
    ...caller,
    title: 'An expression of the mapping is not JSONata.',
    hint: 'Try it at the place that is named; names with dashes or blanks go between backquotes.',
  },
  MAPPING_TOPIC: {
    ...caller,
    title: 'A topic of the mapping is not a topic filter.',
    hint: 'Write levels as text, + or {name}; # may only be the last.',
  },
  MAPPING_EXAMPLE: {
    ...caller,
    title: 'An example of the mapping does not come out as it says.',
    hint: 'Mend the expression or the example; what was expected stands beside what came out.',
  },
  MAPPING_UNIT: {
    ...caller,
    title: 'A unit or quality of the mapping is not known.',
    hint: 'Use a unit such as kWh, W, V, m3, and a quality such as raw or estimated.',
  },
  MAPPING_KNOWN: {
    fault: 'caller',
    status: 409,
    title: 'There is a mapping of this id.',
    hint: 'Take another id, or remove the other mapping first.',
  },
  MAPPING_UNKNOWN: {
    fault: 'caller',
    status: 404,
    title: 'There is no mapping for it.',
    hint: 'Name a mapping that is there, or send to a topic that one of them covers.',
  },
  MAPPING_NO_HTTP: {
    fault: 'caller',
    status: 403,
    title: 'The mapping does not take messages over HTTP.',
    hint: 'Publish over MQTT, or set `http: true` in a mapping of your own.',
  },
  MAPPING_PARAMETER: {
    ...caller,
    title: 'The mapping has no such parameter.',
    hint: 'Name parameters that the mapping declares under `parameters`.',
  },
  MAPPING_TOO_LARGE: {
    fault: 'peer',
    status: 413,
    title: 'The message is larger than mappings take.',
    hint: 'Let the gateway send smaller messages, or raise the limit.',
  },
  MAPPING_NOT_JSON: {
    ...peer,
    title: 'The message is not JSON, which its mapping expects.',
    hint: 'Check what the device publishes; a mapping with `payload: text` takes plain text.',
  },
  MAPPING_TOO_DEEP: {
    ...peer,
    title: 'The message is nested too deeply.',
    hint: 'Check what the device publishes: readings are never so deep.',
  },
  MAPPING_TOO_MANY: {
    ...peer,
    title: 'The message holds more meters or values than the limit.',
    hint: 'Let the gateway send smaller messages, or narrow `each`.',
  },
  MAPPING_STEPS: {
    ...caller,
    title: 'The expressions of the mapping took too many steps or too long.',
    hint: 'Write plain paths instead of loops and searches.',
  },
  MAPPING_DEVICE: {
    ...peer,
    title: 'The message names no device where its mapping looks.',
    hint: 'Correct `device`; a number as an id must be whole and below 2^53.',
  },
  MAPPING_CONDITION: {
    ...caller,
    title: '`when` or `each` of the mapping failed on this message.',
    hint: 'Test for a field with $exists before it is used.',
  },
  MAPPING_VALUE: {
    ...peer,
    title: 'A value is not a finite number.',
    hint: 'Correct the expression, or name texts that stand for no value under `ignore`.',
  },
  MAPPING_TIME: {
    ...peer,
    title: 'A time cannot be read.',
    hint: 'Say how the time is written with `as` and, for local times, `zone`.',
  },
  MAPPING_QUALITY: {
    ...peer,
    title: 'A quality name is not known; the value is kept as questionable.',
    hint: 'Map the words of the device to raw, valid, estimated, questionable or missing.',
  },
  MAPPING_NAME: {
    ...peer,
    title: 'A quantity, unit or event code does not come out as a short text.',
    hint: 'Correct the expression behind `expr`.',
  },
  MAPPING_EVALUATION: {
    ...peer,
    title: 'An expression failed on this message.',
    hint: 'Test for types before numbers are calculated with, for example with $type.',
  },
  MAPPING_BUSY: {
    fault: 'ours',
    status: 503,
    title: 'Too many messages wait for expressions that are evaluated apart.',
    hint: 'Send again later; plain paths in the mapping are evaluated at once and wait for nothing.',
  },
});
