/** Keys of meters that are heard over the air, and who is heard. */
export const radioSql = `
ALTER TABLE meter_key DROP CONSTRAINT meter_key_kind_check;
ALTER TABLE meter_key ADD CONSTRAINT meter_key_kind_check CHECK (kind IN ('guek', 'gbek', 'gak', 'kek', 'lls',
  'hls', 'sign_client', 'sign_meter', 'agree_client', 'agree_meter', 'wmbus'));

CREATE TABLE radio_meter (
  name text PRIMARY KEY,
  last_at timestamptz NOT NULL,
  facts jsonb NOT NULL
);
CREATE INDEX radio_meter_last ON radio_meter (last_at);
`;
