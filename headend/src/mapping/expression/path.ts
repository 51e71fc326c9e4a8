/** Paths: from item to item, through arrays where they come (JSONata 2.x reference, "Path operators"). */
import type { Node } from './node.ts';
import { charge, collapse, type Direct, fieldOf, Sequence, sequenceOf, type Variables } from './values.ts';

/** A path from one item, as long as each step gives one; usually to the end. */
export function walkItem(steps: readonly Direct[], input: unknown, variables: Variables): unknown {
  charge(steps.length);
  let item = input;
  for (let i = 0; i < steps.length; i++) {
    const value = steps[i]!(item, variables);
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) item = value;
    else if (i === steps.length - 1) return value instanceof Sequence ? collapse(value) : value;
    else if (value.length === 1) item = value[0];
    else return walkItems(steps, i + 1, value, variables);
  }
  return item;
}

export function walkItems(
  steps: readonly Direct[],
  from: number,
  given: readonly unknown[],
  variables: Variables,
): unknown {
  if (given.length === 0) return undefined;
  let items = given;
  for (let i = from; i < steps.length && items.length > 0; i++) {
    items = takeStep(steps[i]!, items, variables, i === steps.length - 1);
  }
  return collapse(items);
}

/** One step of a path over the items before it; the results are joined. */
function takeStep(step: Direct, items: readonly unknown[], variables: Variables, last: boolean): unknown[] {
  charge(items.length);
  const found: unknown[] = [];
  for (let i = 0; i < items.length; i++) {
    const value = step(items[i], variables);
    if (value !== undefined) found.push(value);
  }
  const [only] = found;
  if (last && found.length === 1 && Array.isArray(only) && !(only instanceof Sequence)) return only;
  const out = new Sequence();
  for (const value of found) {
    if (!Array.isArray(value)) out.push(value);
    else {
      charge(value.length);
      for (const item of value) out.push(item);
    }
  }
  return out;
}

/**
 * A path of names, by far the most usual one: straight through the objects, an index being that of an array.
 * Where it meets an array it did not expect, the general way begins anew.
 */
export function plainWalk(nodes: readonly Node[], walk: Direct): Direct | undefined {
  const steps: { readonly name: string; readonly index: number }[] = [];
  for (const node of nodes) {
    const [stage, more] = node.stages ?? [];
    const isIndex = stage?.type === 'filter' && stage.expr.type === 'number' && more === undefined;
    if (node.type !== 'name' || (stage !== undefined && !isIndex)) return undefined;
    const index = isIndex ? Math.floor(stage.expr.value as number) : Number.NaN;
    if (node.predicate !== undefined || index < 0) return undefined;
    steps.push({ name: node.value as string, index });
  }
  return (input, variables) => {
    charge(steps.length);
    let value = input;
    for (let i = 0; i < steps.length; i++) {
      if (Array.isArray(value)) return walk(input, variables);
      const { name, index } = steps[i]!;
      value = fieldOf(value, name);
      if (index >= 0) {
        if (Array.isArray(value)) value = value[index];
        else if (index > 0) return undefined;
      }
      if (value === undefined) return undefined;
    }
    // An array that an index gave, or one that stands in the message, goes the general way or stays as it is.
    return Array.isArray(value) && steps.at(-1)!.index >= 0 ? walk(input, variables) : value;
  };
}

/** The item of an array at a whole index, from the end where it is negative. */
export function itemAt(input: unknown, index: number): unknown {
  const items: readonly unknown[] = Array.isArray(input) ? input : [input];
  const item = items[index < 0 ? items.length + index : index];
  if (item === undefined) return new Sequence();
  return Array.isArray(item) ? item : sequenceOf(item);
}

export function indexIn(items: readonly unknown[], index: number): number {
  const whole = Math.floor(index);
  return whole < 0 ? items.length + whole : whole;
}
