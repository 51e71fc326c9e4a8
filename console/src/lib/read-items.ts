/** What an on-demand read of a meter begins with: its clock, and the register behind each of its channels. */

interface ReadItem {
  readonly classId: number;
  /** Dotted, as COSEM writes logical names: `1.0.1.8.0.255`. */
  readonly obis: string;
  readonly attribute: number;
}

const clock: ReadItem = { classId: 8, obis: '0.0.1.0.0.255', attribute: 2 };
const most = 32;

/** A channel's code is written as `1-0:1.8.0*255`; codes that are not whole are left out. */
export function readItems(channels: readonly { readonly obis: string }[]): ReadItem[] {
  const codes = channels.flatMap(({ obis }) => {
    const [, ...parts] = /^(\d+)-(\d+):(\d+)\.(\d+)\.(\d+)(?:\*(\d+))?$/.exec(obis) ?? [];
    return parts.length === 0 ? [] : [parts.map((part) => part ?? '255').join('.')];
  });
  const registers = [...new Set(codes)].map((obis) => ({ classId: 3, obis, attribute: 2 }));
  return [clock, ...registers].slice(0, most);
}
