/**
 * A meter measures the commodity of the usage point it is installed at, whichever way the rows come: the
 * API, a CSV file, or a later change of either record's commodity. A restore takes what was backed up.
 */

/** A statement-level trigger that looks at the installations its rows are about. */
function guard(table: string, event: 'INSERT' | 'UPDATE', about: string): string {
  const rows = event === 'INSERT' ? 'NEW TABLE AS added' : 'NEW TABLE AS added OLD TABLE AS gone';
  const name = `${table}_commodity_${event.toLowerCase()}`;
  return `
CREATE FUNCTION openami_${name}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wrong text;
BEGIN
  IF current_setting('openami.restoring', true) = 'on' THEN RETURN NULL; END IF;
  SELECT format('a %s meter (%s) at a %s usage point (%s)', m.commodity, m.serial, u.commodity, u.code)
    INTO wrong
    FROM installation i JOIN meter m ON m.id = i.meter_id JOIN usage_point u ON u.id = i.usage_point_id
    WHERE ${about} AND m.commodity <> u.commodity LIMIT 1;
  IF wrong IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'installation_commodity', MESSAGE = wrong;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER ${name} AFTER ${event} ON ${table} REFERENCING ${rows}
  FOR EACH STATEMENT EXECUTE FUNCTION openami_${name}();`;
}

const changed = 'SELECT a.id FROM added a JOIN gone g ON g.id = a.id WHERE a.commodity <> g.commodity';

export const commoditySql = [
  guard('installation', 'INSERT', 'i.id IN (SELECT id FROM added)'),
  guard('installation', 'UPDATE', 'i.id IN (SELECT id FROM added)'),
  guard('meter', 'UPDATE', `i.meter_id IN (${changed})`),
  guard('usage_point', 'UPDATE', `i.usage_point_id IN (${changed})`),
].join('\n');
