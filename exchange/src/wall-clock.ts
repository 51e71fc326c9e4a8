/** Readings of a local clock to instants, for a row loop: no object a row. */
import { type ZoneTable, zoneTable } from '@openami/model';
import { exchangeErrors } from './errors.ts';

/** Offsets reach from −12 h to +14 h: no instant of a wall reading lies outside of these. */
const beforeS = 15 * 3600;
const afterS = 13 * 3600;

/** The clock of an IANA zone, `UTC` or a fixed offset such as `+10:00`. */
export class WallClock {
  readonly zone: string;
  readonly table: ZoneTable;
  /** The only or the earlier instant; where there is none, the reading moved by the clock's jump. */
  first = 0;
  /** The later instant, where there are two. */
  second = 0;

  /** Throws ROW_ZONE_UNKNOWN. */
  constructor(zone: string) {
    this.zone = zone;
    try {
      this.table = zoneTable(zone);
    } catch (error) {
      throw exchangeErrors.ROW_ZONE_UNKNOWN(`zone "${zone.slice(0, 60)}" is not known`, { zone }, error);
    }
  }

  /** How many instants the clock showed `wallS` at: 0, 1 or 2; they are left in the fields. */
  resolve(wallS: number): number {
    const offsetS = this.table.offsetAt(wallS - beforeS);
    this.first = wallS - offsetS;
    if (offsetS === this.table.offsetAt(wallS + afterS)) return 1;
    const found = this.table.instantsOf(wallS);
    this.first = found[0] ?? this.table.resolve(wallS, 'later');
    this.second = found.at(-1) ?? this.first;
    return found.length;
  }
}
