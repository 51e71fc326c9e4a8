/** Bills whose readings changed after they were made, and why a held bill was let through. */
export const changedBillsSql = `
-- Apart from the reason of a rebill or a reversal.
ALTER TABLE bill ADD COLUMN release_reason text NOT NULL DEFAULT '',
  ADD COLUMN released_by text NOT NULL DEFAULT '', ADD COLUMN released_at timestamptz,
  -- Readings that are others now than those it was made of, when they were last counted.
  ADD COLUMN changed_readings integer NOT NULL DEFAULT 0 CHECK (changed_readings >= 0),
  -- They are to be counted again.
  ADD COLUMN to_count boolean NOT NULL DEFAULT false;
CREATE INDEX bill_to_count ON bill (id) WHERE to_count;
CREATE INDEX bill_changed ON bill (id) WHERE changed_readings > 0;

-- A release took the place of the other reason; runs kept that of a rebill.
UPDATE bill SET release_reason = reason, reason = '' WHERE kind = 'bill' AND reason <> '';
UPDATE bill SET release_reason = bill.reason, reason = r.reason FROM bill_run r
  WHERE r.id = bill.run_id AND bill.kind = 'rebill' AND r.state <> 'cancelled' AND bill.reason <> r.reason;
UPDATE bill SET reason = r.reason FROM bill_run r
  WHERE r.id = bill.run_id AND bill.kind = 'reversal' AND r.kind = 'rebill' AND r.replaces = bill.replaces;

CREATE TABLE bill_watch (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  -- Revision up to which changes of readings were followed to bills.
  position bigint NOT NULL,
  -- No bill has readings that end later; UTC seconds.
  reach_s bigint NOT NULL
);
INSERT INTO bill_watch (position, reach_s)
  SELECT min(revision), max(greatest(revision, extract(epoch FROM to_at)))::bigint FROM bill
  WHERE state IN ('held', 'calculated', 'approved', 'issued') AND kind <> 'reversal' HAVING count(*) > 0;
`;
