/** What has not begun can be taken back: an enrolment in prepay, a version of a tariff. */
export const takeBacksSql = `
-- An enrolment that is taken back ends on the day it begins.
ALTER TABLE prepay_agreement DROP CONSTRAINT prepay_agreement_check;
ALTER TABLE prepay_agreement ADD CONSTRAINT prepay_agreement_check CHECK (valid_until >= valid_from);

-- Earlier times of an agreement on prepay, before it left and was put on prepay again.
CREATE TABLE prepay_past (
  agreement_id integer NOT NULL REFERENCES prepay_agreement (agreement_id),
  valid_from date NOT NULL,
  valid_until date NOT NULL CHECK (valid_until > valid_from),
  PRIMARY KEY (agreement_id, valid_from)
);
CREATE OR REPLACE FUNCTION openami_prepaid(agreement integer, cycle date) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT 1 FROM prepay_agreement WHERE agreement_id = agreement
      AND cycle >= valid_from AND (valid_until IS NULL OR cycle < valid_until))
    OR EXISTS (SELECT 1 FROM prepay_past WHERE agreement_id = agreement
      AND cycle >= valid_from AND cycle < valid_until)
$$;

-- The version that ended one which had no end; null for an end of its own.
ALTER TABLE tariff_version ADD COLUMN ended_by integer;
UPDATE tariff_version v SET ended_by = n.number FROM tariff_version n
  WHERE n.tariff_id = v.tariff_id AND n.effective_from = v.effective_to AND n.created_at > v.created_at;
CREATE OR REPLACE FUNCTION openami_tariff_version_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.tariff_id <> OLD.tariff_id OR NEW.number <> OLD.number OR NEW.document <> OLD.document
    OR NEW.effective_from IS DISTINCT FROM OLD.effective_from
    OR (OLD.effective_to IS NOT NULL AND NEW.effective_to IS DISTINCT FROM OLD.effective_to
      AND (OLD.ended_by IS NULL OR NEW.effective_to IS NOT NULL)) THEN
    RAISE EXCEPTION 'a version of a tariff is never edited' USING ERRCODE = '42501';
  END IF;
  RETURN NEW;
END $$;
-- A number that was taken back is not given to another version.
ALTER TABLE tariff ADD COLUMN last_version integer NOT NULL DEFAULT 0;
UPDATE tariff t SET last_version =
  (SELECT coalesce(max(number), 0) FROM tariff_version WHERE tariff_id = t.id);
`;
