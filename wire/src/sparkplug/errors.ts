import { defineErrors } from '@openami/model';

const peer = { fault: 'peer', status: 400 } as const;

/** Errors of Sparkplug B 3.0. `data.clause` names the part of the specification. */
export const sparkplugErrors = defineErrors({
  SPARKPLUG_TRUNCATED: {
    ...peer,
    title: 'The bytes end before the Sparkplug payload does.',
    hint: 'Check that the broker and bridges pass payloads on whole.',
  },
  SPARKPLUG_MALFORMED: {
    ...peer,
    title: 'The bytes are no Sparkplug B payload.',
    hint: 'Check that the edge node publishes protobuf payloads of Sparkplug B, uncompressed.',
  },
  SPARKPLUG_TOO_LARGE: {
    ...peer,
    status: 413,
    title: 'The Sparkplug payload is larger than the limit.',
    hint: 'Let the edge node publish its metrics in several messages.',
  },
  SPARKPLUG_TOPIC: {
    ...peer,
    title: 'The topic is none of Sparkplug B.',
    hint: 'Topics are spBv1.0/GROUP/TYPE/NODE[/DEVICE] and spBv1.0/STATE/HOST.',
  },
  SPARKPLUG_COMPRESSED: {
    ...peer,
    status: 415,
    title: 'The Sparkplug payload is compressed.',
    hint: 'Turn payload compression off at the edge node.',
  },
  SPARKPLUG_STATE: {
    ...peer,
    title: 'The state of a host application cannot be read.',
    hint: 'Hosts publish {"online":true,"timestamp":…} on spBv1.0/STATE/HOST.',
  },
  SPARKPLUG_NO_BIRTH: {
    ...peer,
    title: 'Data came from a node or device whose birth was not seen.',
    hint: 'A rebirth is asked for; if it lasts, check that the node takes NCMD messages.',
  },
  SPARKPLUG_SEQUENCE: {
    ...peer,
    title: 'A message of the edge node is missing.',
    hint: 'A rebirth is asked for; metrics by alias are not trusted until it has come.',
  },
  SPARKPLUG_NO_SEQUENCE: {
    ...peer,
    title: 'A message has no sequence number.',
    hint: 'Its order cannot be checked; correct the edge node.',
  },
  SPARKPLUG_ALIAS: {
    ...peer,
    title: 'A metric has no name, and its alias is not of a birth that holds.',
    hint: 'A rebirth is asked for; if it lasts, the node uses aliases that its births do not have.',
  },
  SPARKPLUG_TYPE: {
    ...peer,
    title: 'The value of a metric is not of its data type.',
    hint: 'Check the data type that the birth of the device states for the metric.',
  },
  SPARKPLUG_NO_UNIT: {
    ...peer,
    title: 'A metric has no unit that readings are kept in.',
    hint: 'Give the metric the property engUnit in its birth, such as kWh, W or V.',
  },
  SPARKPLUG_LIMIT: {
    ...peer,
    status: 413,
    title: 'An edge node has more devices or metrics than are kept.',
    hint: 'Divide the devices over several edge nodes.',
  },
});
