/**
 * The order of work under limits: a tree of heaps, one a lane, so that the best job that may start is found
 * without looking at those that may not.
 *
 *     head-end   heap of segments that may start a session, by their best job
 *       segment    heap of concentrators (and the direct meters) that may
 *         leaf       heap of meters that are ready, by key
 *
 * A segment or leaf whose slots are taken, or that must wait for a token, is not in the heap above it; it
 * comes back when a session ends or its time has come. So a throttled segment with a hundred thousand
 * meters costs nothing. Each step is O(log n) in meters, O(log m) in segments and concentrators.
 */
import { growColumns, type HeapColumns, heapColumns, outside, SlotHeap } from './heap.ts';
import {
  type CollectLimits,
  freshLane,
  type Lane,
  type LinkCapacity,
  LinkGate,
  retryLane,
  unlimited,
} from './limits.ts';

const lanes: readonly Lane[] = [freshLane, retryLane];
const direct = 0;

interface Segment {
  readonly index: number;
  readonly gate: LinkGate;
  readonly leafs: readonly [SlotHeap, SlotHeap];
  readonly byConcentrator: Map<number, Leaf>;
}

interface Leaf {
  readonly index: number;
  readonly segment: Segment;
  readonly gate: LinkGate;
  /** Reached without a concentrator: nothing is told of a link by its failures. */
  readonly direct: boolean;
  readonly ready: readonly [SlotHeap, SlotHeap];
}

/** A heap of nodes a lane, and one of the nodes that wait for time, with their columns. */
class NodeColumns {
  readonly lanes: readonly [HeapColumns, HeapColumns] = [heapColumns(16), heapColumns(16)];
  readonly timed: HeapColumns = heapColumns(16);
  readonly throttled = new SlotHeap(this.timed);

  fit(length: number): void {
    for (const columns of [...this.lanes, this.timed]) growColumns(columns, length);
  }
}

export class LaneTree {
  readonly #columns: HeapColumns;
  readonly #limits: CollectLimits;
  readonly #global: LinkGate;
  readonly #roots: readonly [SlotHeap, SlotHeap];
  readonly #segmentColumns = new NodeColumns();
  readonly #leafColumns = new NodeColumns();
  readonly #segments: Segment[] = [];
  readonly #segmentOf = new Map<number, Segment>();
  readonly #leafs: Leaf[] = [];

  /** `columns` of the slots; the scheduler's other heaps share them. */
  constructor(columns: HeapColumns, limits: CollectLimits) {
    this.#columns = columns;
    this.#limits = limits;
    this.#global = this.#gate(limits.global);
    const [fresh, retry] = this.#segmentColumns.lanes;
    this.#roots = [new SlotHeap(fresh), new SlotHeap(retry)];
  }

  /** Number of the leaf of a concentrator (0: none) in a segment; made on first use. */
  leafOf(segment: number, concentrator: number): number {
    const parent = this.#segmentOf.get(segment) ?? this.#addSegment(segment);
    const known = parent.byConcentrator.get(concentrator);
    if (known !== undefined) return known.index;
    const limits =
      concentrator === direct
        ? unlimited
        : (this.#limits.concentrators?.get(concentrator) ?? this.#limits.concentrator);
    const leaf: Leaf = {
      index: this.#leafs.length,
      segment: parent,
      gate: this.#gate(limits),
      direct: concentrator === direct,
      ready: [new SlotHeap(this.#columns), new SlotHeap(this.#columns)],
    };
    this.#leafs.push(leaf);
    this.#leafColumns.fit(this.#leafs.length);
    parent.byConcentrator.set(concentrator, leaf);
    return leaf.index;
  }

  /** The gates of the head-end and of a segment, to be looked at. */
  gateOf(segment?: number): LinkGate | undefined {
    return segment === undefined ? this.#global : this.#segmentOf.get(segment)?.gate;
  }

  /** Whether the segment or the concentrator is down, so that a failure says nothing of the meter. */
  isDown(leaf: number): boolean {
    const { gate, segment, direct } = this.#leafs[leaf]!;
    return segment.gate.down || (!direct && gate.down);
  }

  /** Makes a slot ready, or moves it to its new key. */
  put(leaf: number, lane: Lane, slot: number, key: number, nowMs: number): void {
    const node = this.#leafs[leaf]!;
    node.ready[lane].set(slot, key);
    this.#refresh(node, nowMs);
  }

  remove(leaf: number, lane: Lane, slot: number, nowMs: number): void {
    const node = this.#leafs[leaf]!;
    node.ready[lane].remove(slot);
    this.#refresh(node, nowMs);
  }

  /**
   * Starts the best job that may start: takes its slot out and counts it at its gates. `keyNow` gives the
   * key of a slot by now; one that is larger than its key in the heap moves back first. -1: nothing may
   * start.
   */
  start(nowMs: number, keyNow: (slot: number) => number): number {
    this.#wake(nowMs);
    if (this.#global.openMs(nowMs) > nowMs) return -1;
    for (;;) {
      const lane = this.#bestLane();
      if (lane === undefined) return -1;
      const segment = this.#segments[this.#roots[lane].first]!;
      const leaf = this.#leafs[segment.leafs[lane].first]!;
      const heap = leaf.ready[lane];
      const slot = heap.first;
      const key = keyNow(slot);
      if (key > heap.minKey) {
        heap.set(slot, key);
        this.#refresh(leaf, nowMs);
        continue;
      }
      heap.pop();
      for (const gate of [this.#global, segment.gate, leaf.gate]) gate.start(lane, nowMs);
      this.#refresh(leaf, nowMs);
      return slot;
    }
  }

  /**
   * Gives the places of a session back. `link`: whether the network carried it; undefined when it says
   * nothing.
   */
  end(leaf: number, lane: Lane, tookMs: number, link: boolean | undefined, nowMs: number): void {
    const node = this.#leafs[leaf]!;
    const watched = node.direct ? [node.segment.gate] : [node.segment.gate, node.gate];
    for (const gate of [this.#global, node.segment.gate, node.gate]) gate.end(lane, tookMs);
    for (const gate of watched) {
      if (link === true) gate.succeeded();
      else if (link === false) gate.failed(nowMs);
    }
    this.#refresh(node, nowMs);
  }

  /** When time alone lets something start that cannot start now; Infinity when nothing waits for time. */
  wakeMs(nowMs: number): number {
    const blocked = this.#bestLane() !== undefined;
    return Math.min(
      this.#segmentColumns.throttled.minKey,
      this.#leafColumns.throttled.minKey,
      blocked ? this.#global.openMs(nowMs) : Number.POSITIVE_INFINITY,
    );
  }

  #gate(limits: LinkCapacity): LinkGate {
    return new LinkGate(limits, this.#limits.retryShare, this.#limits.health);
  }

  #addSegment(id: number): Segment {
    const [fresh, retry] = this.#leafColumns.lanes;
    const segment: Segment = {
      index: this.#segments.length,
      gate: this.#gate(this.#limits.segments?.get(id) ?? this.#limits.segment),
      leafs: [new SlotHeap(fresh), new SlotHeap(retry)],
      byConcentrator: new Map(),
    };
    this.#segments.push(segment);
    this.#segmentColumns.fit(this.#segments.length);
    this.#segmentOf.set(id, segment);
    return segment;
  }

  #bestLane(): Lane | undefined {
    const [fresh, retry] = this.#roots;
    const freshKey = this.#global.hasSlot(freshLane, false) ? fresh.minKey : Number.POSITIVE_INFINITY;
    const retryKey = this.#global.hasSlot(retryLane, fresh.size > 0)
      ? retry.minKey
      : Number.POSITIVE_INFINITY;
    if (freshKey === Number.POSITIVE_INFINITY && retryKey === freshKey) return undefined;
    return freshKey <= retryKey ? freshLane : retryLane;
  }

  /** Nodes whose time has come go back where they may be chosen. */
  #wake(nowMs: number): void {
    const leafs = this.#leafColumns.throttled;
    while (leafs.minKey <= nowMs) this.#refresh(this.#leafs[leafs.pop()]!, nowMs);
    const segments = this.#segmentColumns.throttled;
    while (segments.minKey <= nowMs) this.#refreshSegment(this.#segments[segments.pop()]!, nowMs);
  }

  #refresh(leaf: Leaf, nowMs: number): void {
    const { segment, gate, index, ready } = leaf;
    place(this.#leafColumns, segment.leafs, index, gate, ready, nowMs);
    this.#refreshSegment(segment, nowMs);
  }

  #refreshSegment(segment: Segment, nowMs: number): void {
    place(this.#segmentColumns, this.#roots, segment.index, segment.gate, segment.leafs, nowMs);
  }
}

/** Puts a node into the heaps above it, by its best job in each lane, or takes it out, as its gate says. */
function place(
  columns: NodeColumns,
  above: readonly [SlotHeap, SlotHeap],
  index: number,
  gate: LinkGate,
  below: readonly [SlotHeap, SlotHeap],
  nowMs: number,
): void {
  const openMs = gate.openMs(nowMs);
  const freshWaits = below[freshLane].size > 0;
  let waits = false;
  for (const lane of lanes) {
    const could = below[lane].size > 0 && gate.hasSlot(lane, freshWaits);
    if (could && openMs <= nowMs) above[lane].set(index, below[lane].minKey);
    else if (columns.lanes[lane].position[index] !== outside) above[lane].remove(index);
    waits ||= could;
  }
  if (waits && openMs > nowMs) columns.throttled.set(index, openMs);
  else if (columns.timed.position[index] !== outside) columns.throttled.remove(index);
}
