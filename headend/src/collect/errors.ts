import { defineErrors } from '@openami/model';

const plan = { fault: 'caller', status: 422 } as const;

/** Failures of planning and running collection. `data.path` names the member of a plan that is wrong. */
export const collectErrors = defineErrors({
  COLLECT_PLAN_INVALID: {
    ...plan,
    title: 'A member of the reading plan is missing or of the wrong kind.',
    hint: 'Correct the member that is named; the plans of the demo show every member.',
  },
  COLLECT_PLAN_UNKNOWN_MEMBER: {
    ...plan,
    title: 'The reading plan has a member that means nothing.',
    hint: 'Check its spelling or remove it.',
  },
  COLLECT_PLAN_PERIOD: {
    ...plan,
    title: 'The capture period is no part of a day.',
    hint: 'Give whole seconds that divide 86400, such as 900, or `day` or `month`.',
  },
  COLLECT_PLAN_LEVELS: {
    ...plan,
    title: 'The service levels contradict each other or the schedule.',
    hint: 'Give 1 to 4 levels, each later and of no smaller share than the last, due after reading starts.',
  },
  COLLECT_LIMIT_INVALID: {
    ...plan,
    title: 'A limit of collection is out of range.',
    hint: 'Give whole slots of at least 1, rates above 0 and shares between 0 and 1.',
  },
  COLLECT_WORK_INVALID: {
    fault: 'ours',
    status: 500,
    title: 'Work was queued with an impossible figure.',
    hint: 'Report it: deadlines, entries, value and cost come from the planner.',
  },
  COLLECT_JOB_UNKNOWN: {
    fault: 'ours',
    status: 500,
    title: 'A job was reported done that is not running.',
    hint: 'Report it: every started job is reported done once.',
  },
  COLLECT_TIMEOUT: {
    fault: 'timeout',
    status: 504,
    title: 'Reading the meter took longer than a session may.',
    hint: 'The meter is tried again later; if it lasts, look at its link and at the time-out.',
  },
  COLLECT_STOPPED: {
    fault: 'closed',
    status: 503,
    title: 'Collection was stopped while the meter was being read.',
    hint: 'Nothing is lost: what was not stored is still missing, and is read after the next start.',
  },
});
