/** The syntax tree that JSONata's parser makes, as far as it is looked at here. */
import jsonata from 'jsonata';
import { mappingErrors } from '../errors.ts';

export interface Node {
  readonly type: string;
  readonly value?: unknown;
  readonly steps?: readonly Node[];
  readonly stages?: readonly Stage[];
  readonly predicate?: readonly Stage[];
  readonly lhs?: Node | readonly (readonly [Node, Node])[];
  readonly rhs?: Node;
  readonly expression?: Node;
  readonly expressions?: readonly Node[];
  readonly arguments?: readonly Node[];
  readonly procedure?: Node;
  readonly condition?: Node;
  readonly then?: Node;
  readonly else?: Node;
  readonly [more: string]: unknown;
}

export interface Stage {
  readonly type: string;
  readonly expr: Node;
}

/** The tree of an expression. Raises MAPPING_EXPRESSION, naming `place`. */
export function parseExpression(source: string, place: string): Node {
  let node: Node;
  try {
    node = jsonata(source).ast() as unknown as Node;
  } catch (error) {
    // The parser throws plain objects, and a RangeError where brackets stand in each other by hundreds.
    const { message = 'cannot be read', position } = error as { message?: string; position?: number };
    const where = position === undefined ? '' : ` (character ${position})`;
    throw mappingErrors.MAPPING_EXPRESSION(`${place}: ${message}${where}`, { place });
  }
  if (isDeep(node)) throw mappingErrors.MAPPING_EXPRESSION(`${place}: nested too deeply`, { place });
  return node;
}

/** Levels of a tree: its evaluation stands as deep on the stack. */
const maxLevels = 400;

function isDeep(node: Node): boolean {
  let level: object[] = [node];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxLevels) return true;
    level = level.flatMap((one) =>
      Object.values(one).filter((child) => typeof child === 'object' && child !== null),
    );
  }
  return false;
}
