/** From when to when a plan selected a meter: what it owes in between, it owes for good. */
export const planMembersSql = `
ALTER TABLE reading_plan ADD COLUMN created_at timestamptz;
UPDATE reading_plan SET created_at = updated_at;
ALTER TABLE reading_plan ALTER COLUMN created_at SET NOT NULL;

CREATE TABLE reading_plan_member (
  plan_code text NOT NULL REFERENCES reading_plan (code) ON DELETE CASCADE,
  meter_id integer NOT NULL REFERENCES meter (id) ON DELETE CASCADE,
  valid_from timestamptz NOT NULL,
  valid_until timestamptz CHECK (valid_until >= valid_from),
  PRIMARY KEY (plan_code, meter_id, valid_from)
);
CREATE UNIQUE INDEX reading_plan_member_now ON reading_plan_member (plan_code, meter_id)
  WHERE valid_until IS NULL;
CREATE INDEX reading_plan_member_meter ON reading_plan_member (meter_id);
`;
