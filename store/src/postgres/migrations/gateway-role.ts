/** Tokens that only hand in readings; and the number of the last list of revoked certificates. */
export const gatewayRoleSql = `
ALTER TABLE api_token DROP CONSTRAINT api_token_role_check;
ALTER TABLE api_token ADD CONSTRAINT api_token_role_check
  CHECK (role IN ('viewer', 'operator', 'admin', 'gateway'));
ALTER TABLE device_authority ADD COLUMN list_number bigint NOT NULL DEFAULT 0;
`;
