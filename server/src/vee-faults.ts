/** Faults of validation, estimation and editing, among `serverErrors`. */
export const veeFaults = {
  VEE_EDIT_INVALID: {
    fault: 'caller',
    status: 422,
    title: 'The edit cannot be made as it is asked for',
    hint: 'Preview it: the preview shows which intervals there are and what would change.',
  },
  VEE_EXCEPTION_DECIDED: {
    fault: 'caller',
    status: 409,
    title: 'Somebody has decided the exception already',
    hint: 'Look at it again; what was decided can be undone.',
  },
  VEE_CHECK_INVALID: {
    fault: 'caller',
    status: 422,
    title: 'The one channel cannot vouch for the other',
    hint: 'Choose two of one unit and one interval length; the check may be virtual, what it checks not.',
  },
  VEE_IN_USE: {
    fault: 'caller',
    status: 409,
    title: 'Other channels are worked out of it',
    hint: 'Change or remove what uses it first: the detail names it.',
  },
  VEE_SUSPENSION_TARGET: {
    fault: 'caller',
    status: 422,
    title: 'There is no such place',
    hint: 'Give the code of a network node, or the name of a concentrator that meters are read through.',
  },
  VEE_CHANGED: {
    fault: 'caller',
    status: 409,
    title: 'Readings of the edit changed after they were shown',
    hint: 'Look at the day again: it shows the readings of now.',
  },
  VEE_SETS: {
    fault: 'caller',
    status: 400,
    title: 'The description of the sets of meters is not valid',
    hint: 'Correct the named field; docs/conformance/vee-sets.yaml is an example that works.',
  },
  VEE_INPUT_EMPTY: {
    fault: 'caller',
    status: 400,
    title: 'The input holds no readings',
    hint: 'Look at it with `openami import csv FILE --preview`; give --unit, --commodity or --mapping.',
  },
  VEE_INTERVAL: {
    fault: 'caller',
    status: 400,
    title: 'The readings are not as far apart as stated',
    hint: 'Give the interval of the file with --interval: other lengths would be counted wrongly.',
  },
} as const;
