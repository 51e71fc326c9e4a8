import { defineErrors } from '@openami/model';

/** Errors of meter models. `data.path` says where in the file. */
export const modelErrors = defineErrors({
  MODEL_INVALID: {
    fault: 'caller',
    status: 400,
    title: 'The meter model is not right.',
    hint: 'Mend the file at the place named; docs/guides/meter-models.md explains every part.',
  },
  MODEL_UNKNOWN: {
    fault: 'caller',
    status: 404,
    title: 'There is no meter model of that name.',
    hint: 'Look for its file in wire/models, or load it first.',
  },
});
