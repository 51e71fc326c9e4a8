/**
 * Expressions that are evaluated at once: paths, predicates, arithmetic, comparisons, conditions and the
 * functions of `functions.ts` become closures. What they give is what JSONata gives (a property test holds
 * them to it), many times sooner, and every step is counted. Anything else is not compiled here:
 * lambdas, regular expressions, sorting, grouping, ranges and the rest are evaluated apart.
 */
import { directFunctions } from './functions.ts';
import type { Node, Stage } from './node.ts';
import { operators } from './operators.ts';
import { indexIn, itemAt, plainWalk, walkItem, walkItems } from './path.ts';
import {
  allowSteps,
  append,
  charge,
  collapse,
  type Direct,
  ExpressionFault,
  fieldOf,
  isNumber,
  Sequence,
  truth,
  type Variables,
  Wrapped,
} from './values.ts';

/** Evaluates a compiled expression on a message, in which `$` and `$$` are the message itself. */
export function runDirect(direct: Direct, input: unknown, variables: Variables): unknown {
  return direct(Array.isArray(input) ? wrap(input) : input, variables);
}

function wrap(input: readonly unknown[]): Wrapped {
  const out = new Wrapped();
  out.push(input);
  return out;
}

/** Raised while compiling where something is met that is not compiled here. */
class NotDirect extends Error {}

/** The closure of a tree, or undefined where it has to be evaluated apart. `known`: names of variables. */
export function compileDirect(node: Node, known: ReadonlySet<string>): Direct | undefined {
  // Literals are made while compiling, which counts for nobody.
  allowSteps(Number.POSITIVE_INFINITY);
  try {
    return new DirectCompiler(known).compile(node);
  } catch (error) {
    if (error instanceof NotDirect || error instanceof RangeError) return undefined;
    throw error;
  }
}

class DirectCompiler {
  readonly #known: Set<string>;
  /** Closures that give the same every time. */
  readonly #constants = new WeakSet<Direct>();

  constructor(known: ReadonlySet<string>) {
    this.#known = new Set(known);
  }

  compile(node: Node): Direct {
    if (node.group !== undefined || node.keepArray || node.tuple) throw new NotDirect();
    const core = this.#core(node);
    const stages = node.predicate?.map((stage) => this.#stage(stage));
    if (stages === undefined) return core;
    return (input, variables) => {
      let value = core(input, variables);
      for (const stage of stages) value = stage(value, variables);
      return collapse(value);
    };
  }

  #core(node: Node): Direct {
    switch (node.type) {
      case 'path':
        return this.#path(node);
      case 'string':
      case 'number':
      case 'value': {
        const { value } = node;
        return this.#constant(() => value);
      }
      case 'variable':
        return this.#variable(node);
      case 'binary':
        return this.#binary(node);
      case 'unary':
        return this.#unary(node);
      case 'condition':
        return this.#condition(node);
      case 'block':
        return this.#block(node);
      case 'function':
        return this.#function(node);
      case 'name':
        return nameOf(node);
      case 'wildcard':
        return wildcard;
      default:
        throw new NotDirect();
    }
  }

  #path(node: Node): Direct {
    if (node.keepSingletonArray) throw new NotDirect();
    const nodes = node.steps!;
    const steps = nodes.map((step) => this.#step(step));
    const rooted = nodes[0]!.type === 'variable';
    const walk: Direct = (input, variables) =>
      Array.isArray(input) && !rooted
        ? walkItems(steps, 0, input, variables)
        : walkItem(steps, input, variables);
    return plainWalk(nodes, walk) ?? walk;
  }

  #step(node: Node): Direct {
    if (node.focus !== undefined || node.index !== undefined || node.ancestor !== undefined)
      throw new NotDirect();
    // An array that is made in a path is kept together in ways of its own.
    if (node.type === 'unary' && node.value === '[') throw new NotDirect();
    const value = this.compile(node);
    const stages = node.stages?.map((stage) => this.#stage(stage));
    if (stages === undefined) return value;
    return (input, variables) => {
      let found = value(input, variables);
      for (const stage of stages) found = stage(found, variables);
      return found;
    };
  }

  /** A predicate: the item of a number, or the items it holds for. */
  #stage(stage: Stage): Direct {
    if (stage.type !== 'filter') throw new NotDirect();
    const { expr } = stage;
    if (expr.type === 'number') return (input) => itemAt(input, Math.floor(expr.value as number));
    const holds = this.compile(expr);
    return (input, variables) => {
      const items: readonly unknown[] = Array.isArray(input) ? input : [input];
      charge(items.length);
      const out = new Sequence();
      for (let i = 0; i < items.length; i++) {
        const found = holds(items[i], variables);
        if (isNumber(found)) {
          if (indexIn(items, found) === i) out.push(items[i]);
        } else if (Array.isArray(found) && found.every(isNumber)) {
          charge(found.length);
          for (const index of found) if (indexIn(items, index) === i) out.push(items[i]);
        } else if (truth(found)) out.push(items[i]);
      }
      return out;
    };
  }

  #variable(node: Node): Direct {
    const name = node.value as string;
    if (name === '') return (input) => (input instanceof Wrapped ? input[0] : input);
    if (name === '$') return (_, variables) => variables.$;
    if (!this.#known.has(name)) throw new NotDirect();
    return (_, variables) => variables[name];
  }

  #binary(node: Node): Direct {
    const op = node.value as string;
    const lhs = this.compile(node.lhs as Node);
    const rhs = this.compile(node.rhs!);
    if (op === 'and') return (input, vars) => !!truth(lhs(input, vars)) && !!truth(rhs(input, vars));
    if (op === 'or') return (input, vars) => !!truth(lhs(input, vars)) || !!truth(rhs(input, vars));
    const apply = operators[op];
    if (apply === undefined) throw new NotDirect();
    return (input, variables) => {
      charge(1);
      return apply(lhs(input, variables), rhs(input, variables));
    };
  }

  #unary(node: Node): Direct {
    if (node.value === '-') return this.#negative(node);
    if (node.value === '[') return this.#array(node);
    return this.#object(node);
  }

  #negative(node: Node): Direct {
    const value = this.compile(node.expression!);
    return (input, variables) => {
      const number = value(input, variables);
      if (number === undefined) return undefined;
      if (!isNumber(number)) throw new ExpressionFault('D1002', 'Cannot negate a non-numeric value');
      return -number;
    };
  }

  #array(node: Node): Direct {
    const items = node.expressions!.map((item) => ({
      value: this.compile(item),
      nested: item.value === '[',
    }));
    const build: Direct = (input, variables) => {
      let out: unknown = [];
      for (const { value, nested } of items) {
        const one = value(input, variables);
        if (one !== undefined) out = append(out, nested ? [one] : one);
      }
      return out;
    };
    return items.every(({ value }) => this.#constants.has(value)) ? this.#constant(build) : build;
  }

  /** `{"name": expression}`, with names that are written down. */
  #object(node: Node): Direct {
    const pairs = node.lhs as readonly (readonly [Node, Node])[];
    const names = new Set(pairs.map(([key]) => key.value));
    if (pairs.some(([key]) => key.type !== 'string') || names.size !== pairs.length) throw new NotDirect();
    if (names.has('__proto__')) throw new NotDirect();
    const fields = pairs.map(([key, value]) => ({ name: key.value as string, value: this.compile(value) }));
    const build: Direct = (input, variables) => {
      const context = Array.isArray(input) ? input.reduce(append, undefined) : input;
      const out: Record<string, unknown> = {};
      for (const { name, value } of fields) {
        const one = value(context, variables);
        if (one !== undefined) out[name] = one;
      }
      charge(fields.length);
      return out;
    };
    return fields.every(({ value }) => this.#constants.has(value)) ? this.#constant(build) : build;
  }

  /** What is the same every time is made once; nothing here writes into a value. */
  #constant(build: Direct): Direct {
    const value = build(undefined, {});
    const direct: Direct = () => value;
    this.#constants.add(direct);
    return direct;
  }

  #condition(node: Node): Direct {
    const condition = this.compile(node.condition!);
    const yes = this.compile(node.then!);
    const no = node.else === undefined ? () => undefined : this.compile(node.else);
    return (input, variables) => (truth(condition(input, variables)) ? yes : no)(input, variables);
  }

  #block(node: Node): Direct {
    const outside = new Set(this.#known);
    const parts = node.expressions!.map((part) => {
      if (part.type !== 'bind') return { name: '', value: this.compile(part) };
      const name = (part.lhs as Node).value as string;
      const value = this.compile(part.rhs!);
      if (name === '$' || name === '') throw new NotDirect();
      this.#known.add(name);
      return { name, value };
    });
    this.#known.clear();
    for (const name of outside) this.#known.add(name);
    if (parts.length === 1 && parts[0]!.name === '') return parts[0]!.value;
    return (input, variables) => {
      charge(parts.length);
      const inner = Object.create(variables) as Variables;
      let value: unknown;
      for (const part of parts) {
        value = part.value(input, inner);
        if (part.name !== '') inner[part.name] = value;
      }
      return value;
    };
  }

  #function(node: Node): Direct {
    const { procedure } = node;
    const name = procedure?.type === 'variable' ? (procedure.value as string) : '';
    const args = node.arguments!;
    if (name === 'lookup' && args.length === 2 && !this.#known.has(name)) return this.#lookup(args);
    const found = directFunctions.get(name);
    if (found === undefined || this.#known.has(name)) throw new NotDirect();
    if (args.length < found.arguments[0] || args.length > found.arguments[1]) throw new NotDirect();
    // What JSONata makes of arguments of a wrong type after the first is a matter of its signatures.
    if (found.literal && args.slice(1).some((arg) => arg.type !== found.literal)) throw new NotDirect();
    const values = args.map((arg) => this.compile(arg));
    return (input, variables) => {
      charge(1);
      return collapse(found.call(values.map((value) => value(input, variables))));
    };
  }

  #lookup(args: readonly Node[]): Direct {
    const [from, name] = args.map((arg) => this.compile(arg)) as [Direct, Direct];
    return (input, variables) => {
      const value = from(input, variables);
      const key = name(input, variables);
      if (key === undefined) return undefined;
      if (typeof key !== 'string')
        throw new ExpressionFault('T0410', 'Argument 2 of function lookup is no text');
      return collapse(fieldOf(value, key));
    };
  }
}

function nameOf(node: Node): Direct {
  const name = node.value as string;
  return (input) => {
    charge(1);
    return collapse(fieldOf(input, name));
  };
}

function wildcard(given: unknown): unknown {
  const input = given instanceof Wrapped ? given[0] : given;
  if (typeof input !== 'object' || input === null) return undefined;
  const values: unknown[] = Object.values(input);
  charge(values.length);
  let out: unknown[] = new Sequence();
  for (const value of values) {
    if (!Array.isArray(value)) out.push(value);
    // What an array was appended to is no sequence any more.
    else out = [...out, ...value.flat(Number.POSITIVE_INFINITY)];
    charge(Array.isArray(value) ? out.length : 1);
  }
  return collapse(out);
}
