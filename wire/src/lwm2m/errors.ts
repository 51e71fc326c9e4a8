import { defineErrors } from '@openami/model';

const peer = { fault: 'peer', status: 400 } as const;

/** Errors of LwM2M payloads; SenML in them raises `senmlErrors`. `data.clause`: the part of the standard. */
export const lwm2mErrors = defineErrors({
  LWM2M_TRUNCATED: {
    ...peer,
    title: 'The bytes end before the LwM2M payload does.',
    hint: 'Read the path again; a body in blocks is complete with its last block only.',
  },
  LWM2M_MALFORMED: {
    ...peer,
    title: 'The bytes are not of the content format they are said to be.',
    hint: 'Compare the Content-Format option with what the device sends; report the model of the device.',
  },
  LWM2M_TOO_LARGE: {
    ...peer,
    status: 413,
    title: 'The LwM2M payload is larger than the limit.',
    hint: 'Read single instances or resources instead of whole objects.',
  },
  LWM2M_FORMAT: {
    ...peer,
    status: 415,
    title: 'This content format is not read.',
    hint: 'Use SenML (110, 112), TLV, JSON or CBOR of LwM2M (11542 to 11544), text (0) or opaque (42).',
  },
  LWM2M_PATH: {
    ...peer,
    title: 'The path is none of LwM2M.',
    hint: 'Paths are /object/instance/resource/resource-instance, whole numbers up to 65535.',
  },
  LWM2M_VALUE: {
    ...peer,
    title: 'The value of a resource is not of its type.',
    hint: 'Compare the object of the device with the registry of OMA; the bytes are kept.',
  },
  LWM2M_NO_UNIT: {
    ...peer,
    title: 'A resource has no unit that readings are kept in.',
    hint: 'Use an object whose resources have units, or let the device send them (SenML u, resource 5701).',
  },
  LWM2M_REGISTRATION: {
    ...peer,
    title: 'The registration of a device cannot be read.',
    hint: 'POST /rd?ep=NAME&lt=SECONDS with the objects in link format (content format 40).',
  },
});
