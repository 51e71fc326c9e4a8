/** Rules over the meter: its register, its clock, its events, who else measures, and where it was. */
import type { DisputeFacts, RegisterFact } from './facts.ts';
import { against, counted, type DisputeRule, neutral, supports } from './findings.ts';

/** A register and its intervals may differ by this share, and by an amount for the steps they count in. */
const tolerance = 0.005;
const leastAmount = 0.1;

const register = (moved: string, intervals: string): RegisterFact => ({
  ...{ serial: 'M1', from: '', to: '', register: moved, intervals },
});

export const registerRule: DisputeRule = {
  id: 'register',
  title: 'The register against the sum of intervals',
  find: ({ registers, unit }) => {
    if (registers.length === 0) return [neutral('No register was read around the period.')];
    return registers.map(({ serial, register: moved, intervals }) => {
      const gap = Math.abs(Number(moved) - Number(intervals));
      const words = `The register of ${serial} moved ${moved} ${unit}, its intervals add up to ${intervals}.`;
      return gap <= Math.max(leastAmount, tolerance * Math.abs(Number(moved)))
        ? supports(3, words)
        : against(3, words);
    });
  },
  examples: [
    {
      name: 'they agree',
      facts: { unit: 'kWh', registers: [register('300.4', '300.1')] },
      gives: [supports(3, 'The register of M1 moved 300.4 kWh, its intervals add up to 300.1.')],
    },
    {
      name: 'they do not',
      facts: { unit: 'kWh', registers: [register('280', '300')] },
      gives: [against(3, 'The register of M1 moved 280 kWh, its intervals add up to 300.')],
    },
    {
      name: 'nobody read one',
      facts: { registers: [] },
      gives: [neutral('No register was read around the period.')],
    },
  ],
};

export const checkMeterRule: DisputeRule = {
  id: 'check-meter',
  title: 'Another meter of the same',
  find: ({ check, unit }) => {
    if (check === null) return [];
    const [own, other] = [Number(check.ownUsage), Number(check.usage)];
    const share = other === 0 ? Number.POSITIVE_INFINITY : Math.abs(own / other - 1);
    const has = `has ${check.usage} ${unit}; the billed meter ${check.ownUsage}.`;
    const words = `${check.serial}, which measures the same, ${has}`;
    if (share <= 0.02) return [supports(3, words)];
    return [own > other ? against(3, words) : neutral(words)];
  },
  examples: [
    {
      name: 'a check meter agrees within 2 %',
      facts: { unit: 'kWh', check: { serial: 'C1', usage: '300', ownUsage: '303' } },
      gives: [supports(3, 'C1, which measures the same, has 300 kWh; the billed meter 303.')],
    },
    {
      name: 'a check meter that saw far less',
      facts: { unit: 'kWh', check: { serial: 'C1', usage: '200', ownUsage: '303' } },
      gives: [against(3, 'C1, which measures the same, has 200 kWh; the billed meter 303.')],
    },
  ],
};

const worstClockS = 300;
const goodClockS = 60;

export const clockRule: DisputeRule = {
  id: 'clock',
  title: 'The clock of the meter',
  find: ({ clockDriftS, events }) => {
    const set = events.filter(({ kind }) => kind === 'clock').length;
    const found = [];
    if (clockDriftS !== null && clockDriftS > worstClockS)
      found.push(against(2, `Its clock was ${clockDriftS} s off: use may stand in the wrong hours.`));
    else if (clockDriftS !== null && clockDriftS <= goodClockS)
      found.push(supports(1, `Its clock was at most ${clockDriftS} s off.`));
    else if (clockDriftS !== null) found.push(neutral(`Its clock was ${clockDriftS} s off.`));
    if (set > 0) found.push(neutral(`Its clock was set or failed: ${counted(set, 'event')}.`));
    return found;
  },
  examples: [
    {
      name: 'ten minutes off',
      facts: { clockDriftS: 600 },
      gives: [against(2, 'Its clock was 600 s off: use may stand in the wrong hours.')],
    },
    {
      name: 'nobody looked',
      facts: { clockDriftS: null },
      gives: [],
    },
  ],
};

export const eventsRule: DisputeRule = {
  id: 'events',
  title: 'What the meter reported',
  find: ({ events }) => {
    const of = (kind: string) => events.filter((one) => one.kind === kind).length;
    const [tamper, power] = [of('tamper'), of('power')];
    return [
      ...(tamper > 0
        ? [against(1, `${counted(tamper, 'event')} of tampering: who had access to the meter?`)]
        : []),
      ...(power > 0
        ? [neutral(`${counted(power, 'event')} of power: hours without supply cost nothing.`)]
        : []),
      ...(events.length === 0 ? [supports(0, 'The meter reported nothing unusual.')] : []),
    ];
  },
  examples: [
    {
      name: 'a cover was opened',
      facts: {
        events: [{ serial: 'M1', at: '', kind: 'tamper', severity: 'critical', words: 'cover opened' }],
      },
      gives: [against(1, '1 event of tampering: who had access to the meter?')],
    },
  ],
};

const main = ({ role }: DisputeFacts['installations'][number]) => role === 'main' || role === 'export';

export const installationRule: DisputeRule = {
  id: 'installation',
  title: 'Which meter was there',
  find: ({ installations, bill, reason }) => {
    const there = installations.filter(main);
    if (there.length === 0) return [against(3, 'No meter was installed there in the period.')];
    const weight = reason === 'wrong-meter' ? 2 : 1;
    const whole = there.every(({ from, until }) => from <= bill.from && (until === null || until >= bill.to));
    const serials = there.map(({ serial }) => serial).join(', ');
    const were = there.length === 1 ? 'was' : 'were';
    if (whole) return [supports(weight, `${serials} ${were} installed there for the whole period.`)];
    return [
      neutral(
        `The meter was exchanged or moved in the period (${serials}): compare its last and first reads.`,
      ),
    ];
  },
  examples: [
    {
      name: 'one meter all the time, where the meter is in doubt',
      facts: {
        reason: 'wrong-meter',
        installations: [{ meterId: 1, serial: 'M1', role: 'main', from: '', until: null }],
      },
      gives: [supports(2, 'M1 was installed there for the whole period.')],
    },
    {
      name: 'one for what is drawn and one for what is fed in: nothing was exchanged',
      facts: {
        installations: [
          { meterId: 1, serial: 'M1', role: 'main', from: '', until: null },
          { meterId: 2, serial: 'M2', role: 'export', from: '', until: null },
        ],
      },
      gives: [supports(1, 'M1, M2 were installed there for the whole period.')],
    },
    {
      name: 'no meter there',
      facts: { installations: [{ meterId: 1, serial: 'S1', role: 'sub', from: '', until: null }] },
      gives: [against(3, 'No meter was installed there in the period.')],
    },
  ],
};

export const tariffRule: DisputeRule = {
  id: 'tariff',
  title: 'The tariff',
  find: ({ tariff: { billed, assigned }, lastPeriod, bill, reason }) => {
    const found = [];
    const same = billed.length === assigned.length && billed.every((one, i) => one === assigned[i]);
    if (same)
      found.push(
        supports(
          reason === 'wrong-tariff' ? 2 : 1,
          `It is billed on what the agreement has: ${billed.join(', ')}.`,
        ),
      );
    else
      found.push(
        against(
          3,
          `It is billed on ${billed.join(', ')}, the agreement has ${assigned.join(', ') || 'none'}.`,
        ),
      );
    const before = lastPeriod?.tariffVersions.join(', ');
    if (before !== undefined && before !== bill.tariffVersions.join(', '))
      found.push(neutral(`Prices are others than in the period before (${before}).`));
    return found;
  },
  examples: [
    {
      name: 'another tariff was given since',
      facts: { tariff: { billed: ['home'], assigned: ['home-time'] } },
      gives: [against(3, 'It is billed on home, the agreement has home-time.')],
    },
  ],
};

export const periodRule: DisputeRule = {
  id: 'agreement',
  title: 'The time of the agreement',
  find: ({ agreement: { from, until }, bill, reason }) => {
    const within = from <= bill.from && (until === null || until >= bill.to);
    if (!within) return [against(3, 'The bill covers time in which the agreement did not hold.')];
    return [supports(reason === 'wrong-period' ? 2 : 0, 'The agreement held for all of the billed time.')];
  },
  examples: [
    {
      name: 'they moved in later than the bill begins',
      facts: { agreement: { from: '2026-03-10T23:00:00Z', until: null } },
      gives: [against(3, 'The bill covers time in which the agreement did not hold.')],
    },
  ],
};
