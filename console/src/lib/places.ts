/** Where in a YAML or JSON text a path such as `groups[0].steps[2].parameters.limit` stands. Pure. */
import { LineCounter, parseDocument, stringify } from 'yaml';

export interface Place {
  readonly path: string;
  readonly message: string;
  /** From 1; undefined where the path is not in the text. */
  readonly line: number | undefined;
}

export interface ReadText {
  /** Undefined where the text cannot be read. */
  readonly value: unknown;
  readonly problems: readonly Place[];
  /** Line of a path, or of what of it is there. */
  lineOf(path: string): number | undefined;
}

/** `a.b[2].c` -> `['a', 'b', 2, 'c']`. */
export function pathParts(path: string): (string | number)[] {
  return [...path.matchAll(/([^.[\]]+)|\[(\d+)\]/g)].map(([, name, index]) =>
    index === undefined ? name! : Number(index),
  );
}

/** Reads YAML, of which JSON is a part. */
export function readText(text: string): ReadText {
  const lines = new LineCounter();
  const doc = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const problems = doc.errors.map(({ pos, message }) => ({
    path: '',
    message,
    line: lines.linePos(pos[0]).line,
  }));
  const lineOf = (path: string): number | undefined => {
    const parts = pathParts(path);
    for (let length = parts.length; length > 0; length--) {
      const node = doc.getIn(parts.slice(0, length), true) as
        | { range?: readonly number[] | null }
        | undefined;
      const at = node?.range?.[0];
      if (at !== undefined) return lines.linePos(at).line;
    }
    return undefined;
  };
  return { value: problems.length > 0 ? undefined : doc.toJS(), problems, lineOf };
}

/** A value as text to edit. */
export function writeText(value: unknown, form: 'yaml' | 'json'): string {
  return form === 'json' ? `${JSON.stringify(value, null, 2)}\n` : stringify(value, { lineWidth: 100 });
}
