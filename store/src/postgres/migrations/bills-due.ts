/** Of each bill whether it was paid from prepaid credit; of each batch what is to be asked for. */
export const billsDueSql = `
-- The cycle is on prepay: what a bill of it comes to was taken from the customer's credit.
CREATE FUNCTION openami_prepaid(agreement integer, cycle date) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT 1 FROM prepay_agreement WHERE agreement_id = agreement
    AND cycle >= valid_from AND (valid_until IS NULL OR cycle < valid_until))
$$;

-- Sum by currency of what is to be asked for, exact decimal text; batches of before do not say.
ALTER TABLE hand_over_batch ADD COLUMN due jsonb NOT NULL DEFAULT '{}';

CREATE OR REPLACE FUNCTION openami_batch_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM openami_note_event(CASE NEW.state WHEN 'acknowledged' THEN 'hand-over.acknowledged'
      ELSE 'hand-over.batch' END, coalesce(NEW.acknowledged_at, NEW.created_at),
    jsonb_build_object('batch', NEW.id, 'run', NEW.run_id, 'bills', NEW.bills, 'totals', NEW.totals,
      'due', NEW.due, 'sha256', NEW.sha256, 'bytes', NEW.bytes, 'refused', (SELECT count(*)
        FROM hand_over_bill WHERE batch_id = NEW.id AND state = 'refused')));
  RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION openami_batch_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR (OLD.state <> 'building' AND (NEW.sha256 <> OLD.sha256 OR NEW.bills <> OLD.bills
      OR NEW.totals <> OLD.totals OR NEW.due <> OLD.due OR NEW.state = 'building')) THEN
    RAISE EXCEPTION 'a batch that was handed over never changes' USING ERRCODE = '42501';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION openami_bill_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM openami_note_event(CASE NEW.kind WHEN 'reversal' THEN 'bill.reversed' ELSE 'bill.issued' END,
    NEW.issued_at, jsonb_build_object('bill', NEW.id, 'kind', NEW.kind, 'run', NEW.run_id,
      'account', (SELECT number FROM account WHERE id = NEW.account_id),
      'agreement', (SELECT code FROM agreement WHERE id = NEW.agreement_id),
      'usagePoint', (SELECT code FROM usage_point WHERE id = NEW.usage_point_id),
      'cycleFrom', NEW.cycle_from, 'cycleTo', NEW.cycle_to, 'total', NEW.total::text,
      'currency', NEW.currency, 'prepaid', openami_prepaid(NEW.agreement_id, NEW.cycle_from),
      'replaces', NEW.replaces, 'reason', NEW.reason));
  RETURN NULL;
END $$;
`;
