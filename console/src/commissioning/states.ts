/** The states of commissioning: their words, how they look, what they mean. */
import type { CommissioningItem } from '@openami/server/contract';
import type { StateLook } from '../ui/state-filters.tsx';

export type State = CommissioningItem['state'];

/** In the order in which they are reached. */
export const stateLooks: Readonly<Record<State, StateLook>> = {
  delivered: {
    ...{ word: 'Delivered', tone: 'neutral', colour: '--q-projected', shape: 'square' },
    meaning: 'Registered; its key is not here yet',
  },
  keyed: {
    ...{ word: 'Keyed', tone: 'neutral', colour: '--q-edited', shape: 'diamond' },
    meaning: 'Its key is here, or it needs none; not installed yet',
  },
  installed: {
    ...{ word: 'Installed', tone: 'accent', colour: '--q-raw', shape: 'ring' },
    meaning: 'At its usage point; not heard yet',
  },
  heard: {
    ...{ word: 'Heard', tone: 'accent', colour: '--q-estimated', shape: 'diamond' },
    meaning: 'Something comes from it; no reading yet',
  },
  reading: {
    ...{ word: 'Reading', tone: 'accent', colour: '--q-valid', shape: 'disc' },
    meaning: 'Readings are stored; no full day yet',
  },
  commissioned: {
    ...{ word: 'Commissioned', tone: 'good', colour: '--q-derived', shape: 'disc' },
    meaning: 'A full day of readings, or by hand',
  },
  failed: {
    ...{ word: 'Failed', tone: 'bad', colour: '--q-questionable', shape: 'triangle' },
    meaning: 'Something is proven wrong, or it was given up',
  },
  decommissioned: {
    ...{ word: 'Out of use', tone: 'neutral', colour: '--q-missing', shape: 'cross' },
    meaning: 'Removed, retired, or decommissioned by hand',
  },
};
