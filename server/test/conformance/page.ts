/** Scores of recorded telegrams as a page. */

/** How well one set is met, and a note for each vector that is not, or is only in part. */
export interface Score {
  readonly set: string;
  readonly total: number;
  readonly passed: number;
  readonly notes: readonly string[];
}

export interface Protocol {
  readonly title: string;
  readonly scores: readonly Score[];
}

const intro = `# Protocols against recorded telegrams

How much of what other programs, meters and standards recorded is decoded here as its origin says. It is written by

    npm run conformance -- wire --vectors VECTORS

where VECTORS is a folder of recorded telegrams that other projects publish; it is not part of this repository. Codecs of LoRaWAN
devices are scored where OPENAMI_LORAWAN_CODECS names a folder of their scripts.

Below each set is every vector that does not agree, and why. Where the sample itself is wrong, it says so: its bytes say something
else by the standard than its origin prints. Such a vector counts as not passed. In a set that is passed in full, notes tell where its
origin (the oracle) reads less, or reads it otherwise. Names and values by meter models are those of the model that a sample names, as
\`openami decode wmbus\` gives them where a line names its model.
`;

/** Markdown. */
export function pageOf(protocols: readonly Protocol[]): string {
  const rows = protocols.flatMap(({ title, scores }) =>
    scores.map(({ set, passed, total }) => `| ${title} | ${plain(set)} | ${passed} | ${total} |`),
  );
  const all = protocols.flatMap(({ scores }) => scores);
  const sum = (of: (score: Score) => number) => all.reduce((before, score) => before + of(score), 0);
  rows.push(`| **all** | | **${sum(({ passed }) => passed)}** | **${sum(({ total }) => total)}** |`);
  const table = ['| protocol | set | passed | total |', '| --- | --- | ---: | ---: |', ...rows];
  return `${[intro.trimEnd(), table.join('\n'), ...protocols.flatMap(notesOf)].join('\n\n')}\n`;
}

function notesOf({ title, scores }: Protocol): string[] {
  const noted = scores.filter(({ notes }) => notes.length > 0);
  if (noted.length === 0) return [];
  return [
    `## ${title}`,
    ...noted.flatMap(({ set, notes }) => [
      `### ${plain(set)}`,
      notes.map((note) => `- ${plain(note)}`).join('\n'),
    ]),
  ];
}

/** Text that Markdown leaves as it is, in one line. */
function plain(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*<>|]/g, '\\$&');
}
