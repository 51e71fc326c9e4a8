/** Keys of the customer ports (P1) of meters. */
export const portKeysSql = `
ALTER TABLE meter_key DROP CONSTRAINT meter_key_kind_check;
ALTER TABLE meter_key ADD CONSTRAINT meter_key_kind_check CHECK (kind IN ('guek', 'gbek', 'gak', 'kek', 'lls',
  'hls', 'sign_client', 'sign_meter', 'agree_client', 'agree_meter', 'wmbus', 'p1', 'p1_auth'));
`;
