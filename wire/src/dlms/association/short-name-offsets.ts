/**
 * Where the attributes and methods of a class lie above the base name of an object (IEC 62056-6-2 and the
 * Blue Book, "Short name" columns): attributes 8 apart, methods from an offset of the class on.
 */
const methodOffsets: Readonly<Record<number, number>> = {
  3: 0x28,
  4: 0x38,
  5: 0x48,
  6: 0x30,
  7: 0x58,
  8: 0x60,
  9: 0x20,
  11: 0x10,
  12: 0x20,
  15: 0x60,
  17: 0x20,
  18: 0x40,
  20: 0x50,
  40: 0x38,
  61: 0x28,
  62: 0x30,
  64: 0x30,
  70: 0x20,
};

/** Offset of attribute `index`. */
export function shortAttribute(index: number): number {
  return (index - 1) * 8;
}

/** Offset of method `index`; undefined for a class without methods. */
export function shortMethod(classId: number, index: number): number | undefined {
  const first = methodOffsets[classId];
  return first === undefined ? undefined : first + (index - 1) * 8;
}

/** The method at an offset; undefined when there is none. */
export function methodAtOffset(classId: number, offset: number): number | undefined {
  const first = methodOffsets[classId];
  if (first === undefined || offset < first || (offset - first) % 8 !== 0) return undefined;
  return (offset - first) / 8 + 1;
}
