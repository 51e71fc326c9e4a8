/** Disputes and prepay tell webhooks what happened, in the transaction in which it does. */
export const disputeEventsSql = `
CREATE FUNCTION openami_dispute_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM openami_note_event(CASE TG_OP WHEN 'INSERT' THEN 'dispute.opened' ELSE 'dispute.decided' END,
    coalesce(NEW.closed_at, NEW.answered_at, NEW.opened_at),
    jsonb_build_object('dispute', NEW.id, 'bill', NEW.bill_id, 'reason', NEW.reason, 'state', NEW.state,
      'outcome', NEW.outcome, 'amount', NEW.amount::text, 'currency', NEW.currency,
      'dunningHeld', NEW.dunning_held, 'rebillRun', NEW.rebill_run_id,
      'account', (SELECT number FROM account WHERE id = NEW.account_id),
      'agreement', (SELECT code FROM agreement WHERE id = NEW.agreement_id)));
  RETURN NULL;
END $$;
CREATE TRIGGER dispute_opened AFTER INSERT ON dispute FOR EACH ROW
  EXECUTE FUNCTION openami_dispute_event();
-- Answered, again after it was opened again, or withdrawn.
CREATE TRIGGER dispute_decided AFTER UPDATE ON dispute FOR EACH ROW
  WHEN (NEW.state <> OLD.state
    AND (NEW.state = 'answered' OR (NEW.state = 'closed' AND OLD.state <> 'answered')))
  EXECUTE FUNCTION openami_dispute_event();

-- Amounts of prepay are whole minor units (cents) of the currency.
CREATE FUNCTION openami_prepay_notice_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM openami_note_event(CASE NEW.kind WHEN 'low' THEN 'prepay.low-credit'
      WHEN 'cut' THEN 'prepay.disconnected' ELSE 'prepay.reconnected' END, NEW.at,
    (SELECT jsonb_build_object('agreement', g.code, 'account', c.number, 'balanceMinor', NEW.balance::text,
        'currency', NEW.currency, 'daysLeft', NEW.days_left)
      FROM agreement g JOIN account c ON c.id = g.account_id WHERE g.id = NEW.agreement_id));
  RETURN NULL;
END $$;
CREATE TRIGGER prepay_notice_told AFTER INSERT ON prepay_notice FOR EACH ROW
  WHEN (NEW.kind IN ('low', 'cut', 'restored')) EXECUTE FUNCTION openami_prepay_notice_event();

CREATE FUNCTION openami_prepay_payment_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM openami_note_event('prepay.payment', NEW.received_at,
    jsonb_build_object('payment', NEW.id, 'vendor', NEW.vendor, 'reference', NEW.reference,
      'account', NEW.account, 'agreement', (SELECT code FROM agreement WHERE id = NEW.agreement_id),
      'amountMinor', NEW.amount::text, 'currency', NEW.currency, 'state', NEW.state));
  RETURN NULL;
END $$;
CREATE TRIGGER prepay_payment_taken AFTER INSERT ON prepay_payment FOR EACH ROW
  EXECUTE FUNCTION openami_prepay_payment_event();
`;
