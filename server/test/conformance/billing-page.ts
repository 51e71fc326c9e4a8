/** Known bills and what `openami rate` makes of them, as a page. */

/** One expected value. */
export interface KnownValue {
  readonly set: string;
  readonly case: string;
  readonly output: string;
  readonly expected: number;
  readonly tolerance: number;
  /** NaN where it could not be worked out; `why` says so. */
  readonly ours: number;
  readonly why?: string;
}

export function agrees({ expected, ours, tolerance }: KnownValue): boolean {
  return Math.abs(ours - expected) <= tolerance + 1e-9;
}

const intro = `# Bills against known bills

What \`openami rate\` makes of tariffs and usage whose bills others have published. It is written by

    npm run conformance -- billing --tariffs TARIFFS --standards STANDARDS

where TARIFFS holds \`sam_utilityrate5\` and \`reopt_urdb\`, and STANDARDS \`sam-billing\` and \`urdb\`; they are not part of
this repository. Tolerances of the first two sets are those of their origin; of the others, one cent, or what the digits
of the known value allow. The System Advisor Model does not round, so its cases are rated without rounding; of the others,
lines are compared before they are rounded.

- **SAM utilityrate5**: the cases of its own test suite. Year 2 has its prices grown by inflation.
- **SAM, worked out again**: annual bills of the same kind, nine of them worked out a second time by hand.
- **REopt** and **URDB**: records of the Utility Rate Database with results that follow from their few numbers.
`;

/** Markdown. */
export function billingPage(values: readonly KnownValue[]): string {
  const sets = [...new Set(values.map(({ set }) => set))];
  const summary = sets.map((set) => {
    const of = values.filter((value) => value.set === set);
    return `| ${set} | ${of.filter(agrees).length} | ${of.length} |`;
  });
  const all = `| **all** | **${values.filter(agrees).length}** | **${values.length}** |`;
  const tables = sets.flatMap((set) => [
    `## ${set}`,
    [
      '| case | value | expected | tolerance | ours | agrees |',
      '| --- | --- | ---: | ---: | ---: | --- |',
      ...values.filter((value) => value.set === set).map(rowOf),
    ].join('\n'),
  ]);
  const head = ['| set | agree | values |', '| --- | ---: | ---: |', ...summary, all].join('\n');
  return `${[intro.trimEnd(), head, ...tables].join('\n\n')}\n`;
}

function rowOf(value: KnownValue): string {
  const ours = Number.isNaN(value.ours) ? 'none' : String(Math.round(value.ours * 10_000) / 10_000);
  const word = agrees(value) ? 'yes' : `**no**${value.why === undefined ? '' : `: ${value.why}`}`;
  return `| ${value.case} | ${value.output} | ${value.expected} | ${value.tolerance} | ${ours} | ${word} |`;
}
