/** Numbers of a file: decimal marks, groups of digits, words for "none", and the formula guard. */

/** Words that mean "no value" unless the mapping says otherwise. Lower case. */
export const defaultNulls: readonly string[] = ['', 'na', 'n/a', '#n/a', 'null', 'none', 'nan', '-', '--'];

/**
 * The number a text means, NaN when it means none, an infinity when it is one or too large. The
 * text has no blanks around it and is not empty.
 */
export function readNumber(text: string, decimal: '.' | ',', thousands: string): number {
  let plain = text;
  if (thousands !== '' && plain.includes(thousands)) {
    if (!grouped(plain, decimal, thousands)) return Number.NaN;
    plain = plain.replaceAll(thousands, '');
  }
  if (decimal === ',') {
    if (plain.includes('.')) return Number.NaN;
    plain = plain.replace(',', '.');
  }
  const number = +plain;
  if (Number.isFinite(number)) return radix(plain) ? Number.NaN : number + 0;
  return /^[+-]?(inf(inity)?|∞|\d+(\.\d*)?e\+?\d+)$/i.test(plain)
    ? plain.startsWith('-')
      ? Number.NEGATIVE_INFINITY
      : Number.POSITIVE_INFINITY
    : Number.NaN;
}

/** `0x1f` and its like are numbers to JavaScript but not to a meter file. */
function radix(text: string): boolean {
  if (text.charCodeAt(0) !== 48) return false;
  const second = text.charCodeAt(1) | 32;
  return second === 120 || second === 98 || second === 111;
}

/** Whether groups are of three digits, so that a decimal mark is not read as a group mark. */
function grouped(text: string, decimal: string, thousands: string): boolean {
  const whole = text.replace(/^[+-]/, '').split(decimal, 1)[0]!;
  const groups = whole.split(thousands);
  return /^\d{1,3}$/.test(groups[0]!) && groups.slice(1).every((group) => /^\d{3}$/.test(group));
}

/** Undoes the guard `'` before = + - @ that keeps spreadsheet programs from running a cell. */
function unguard(text: string): string {
  if (text.charCodeAt(0) !== 39 || text.length < 2) return text;
  return '=+-@\t\r'.includes(text[1]!) ? text.slice(1) : text;
}

/** Guards a text cell against being run as a formula (handbook 8.6). */
export function guard(text: string): string {
  return text !== '' && '=+-@\t\r'.includes(text[0]!) ? `'${text}` : text;
}

/** The text without blanks and guard. */
export function clean(text: string): string {
  const first = text.charCodeAt(0);
  const last = text.charCodeAt(text.length - 1);
  const bare = first <= 32 || last <= 32 || first === 160 || last === 160 ? text.trim() : text;
  return first === 39 ? unguard(bare) : bare;
}
