/** Behaviour by class id; a class that is not here keeps its attributes and has no methods. */
import type { Behaviour } from '../behaviour.ts';
import { association } from './association.ts';
import { activityCalendar, specialDays } from './calendar.ts';
import { clock } from './clock.ts';
import { disconnectControl, limiter } from './disconnect.ts';
import { imageTransfer } from './image-transfer.ts';
import { profileGeneric } from './profile-generic.ts';
import { pushSetup } from './push.ts';
import { data, demandRegister, extendedRegister, register } from './registers.ts';
import { scriptTable, singleActionSchedule } from './scripts.ts';
import { securitySetup } from './security-setup.ts';

export const behaviours: Readonly<Record<number, Behaviour | undefined>> = {
  1: data,
  3: register,
  4: extendedRegister,
  5: demandRegister,
  7: profileGeneric,
  8: clock,
  9: scriptTable,
  11: specialDays,
  15: association,
  18: imageTransfer,
  20: activityCalendar,
  22: singleActionSchedule,
  40: pushSetup,
  64: securitySetup,
  70: disconnectControl,
  71: limiter,
};
