/** Words for keys: names of their kinds, how grave their states are, what a check or a rotation came to. */
import type { KeyCheckAnswer, MeterKeyItem, RotationItem, RotationProgress } from '@openami/server/contract';
import type { Tone } from '../ui/states.tsx';
import { formatCount } from './format.ts';

const kinds: Readonly<Record<string, string>> = {
  guek: 'Global unicast encryption key (GUEK)',
  gak: 'Global authentication key (GAK)',
  gbek: 'Global broadcast encryption key (GBEK)',
  kek: 'Master key (KEK)',
  lls: 'Password, low level security',
  hls: 'Secret, high level security',
  sign_client: 'Our signing key',
  agree_client: 'Our key agreement key',
  sign_meter: 'Signing key of the meter, public',
  agree_meter: 'Key agreement key of the meter, public',
  wmbus: 'Wireless M-Bus key',
  p1: 'Customer port (P1) key',
  p1_auth: 'Customer port (P1) authentication key',
  lorawan_app: 'LoRaWAN application key',
  lorawan_nwk: 'LoRaWAN network key',
};

export function keyKindName(kind: string): string {
  return kinds[kind] ?? kind;
}

/** Those that sessions use first; of a kind, the newest version first. */
export function inOrder<K extends { readonly kind: string; readonly version: number }>(
  keys: readonly K[],
): K[] {
  const order = Object.keys(kinds);
  const place = ({ kind }: K) => order.indexOf(kind);
  return [...keys].sort((a, b) => place(a) - place(b) || b.version - a.version);
}

export const keyStateTones: Readonly<Record<MeterKeyItem['state'], Tone>> = {
  active: 'good',
  staged: 'warn',
  previous: 'neutral',
  retired: 'neutral',
};

/** What a state means for who looks at it. */
export const keyStateHints: Readonly<Record<MeterKeyItem['state'], string>> = {
  staged: 'tried, and taken into use once the meter proves it',
  active: 'in use',
  previous: 'replaced, kept until the grace time is over',
  retired: 'destroyed',
};

export const rotationTones: Readonly<Record<RotationItem['state'], Tone>> = {
  running: 'accent',
  done: 'good',
  failed: 'bad',
  cancelled: 'neutral',
};

const steps: Readonly<Record<string, string>> = {
  stage: 'planned',
  ready: 'new key made',
  uncertain: 'sent, not proven yet',
  grace: 'proven, old key kept',
  done: 'done',
  failed: 'failed',
  cancelled: 'cancelled',
};

function rotationStep(step: string): string {
  return steps[step] ?? step;
}

/** What it is at; `2 of 3` is told where there are several. */
export function rotationPlace({ unit, units, state, step }: RotationItem): string {
  const of = units.length > 1 && state === 'running' ? `${unit} of ${units.length}, ` : '';
  return of + rotationStep(step);
}

interface BatchProgress {
  readonly batch: string;
  readonly begunAt: string;
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly running: number;
  /** `3 planned, 2 proven, old key kept`. */
  readonly at: string;
}

/** One line a batch out of counts by state and step. */
export function batchesOf(progress: RotationProgress): BatchProgress[] {
  const names = [...new Set(progress.map(({ batch }) => batch))];
  return names.map((batch) => {
    const rows = progress.filter((row) => row.batch === batch);
    const sum = (state?: RotationItem['state']) =>
      rows.filter((row) => state === undefined || row.state === state).reduce((n, { count }) => n + count, 0);
    const running = rows.filter(({ state }) => state === 'running');
    return {
      ...{ batch, begunAt: rows[0]!.begunAt, total: sum() - sum('cancelled') },
      ...{ done: sum('done'), failed: sum('failed'), running: sum('running') },
      at: running.map(({ step, count }) => `${formatCount(count)} ${rotationStep(step)}`).join('; '),
    };
  });
}

type Verdict = KeyCheckAnswer['meter'][number]['verdict'];

export const verdictWords: Readonly<Record<Verdict, { readonly text: string; readonly tone: Tone }>> = {
  right: { text: 'Right', tone: 'good' },
  wrong: { text: 'Wrong key', tone: 'bad' },
  'not-encrypted': { text: 'Not encrypted', tone: 'warn' },
  unsupported: { text: 'Not supported by the meter', tone: 'warn' },
  'wrong-title': { text: 'Another meter answers', tone: 'bad' },
  counter: { text: 'Counter refused', tone: 'warn' },
  unreachable: { text: 'Out of reach', tone: 'neutral' },
  undecided: { text: 'Not decided', tone: 'neutral' },
};
