/** Meters that share a line or stand behind a gateway. */
export const sharedLinesSql = `
ALTER TABLE meter_endpoint
  ADD COLUMN physical integer CHECK (physical BETWEEN 0 AND 16383),
  ADD COLUMN address_bytes smallint CHECK (address_bytes IN (1, 2, 4)),
  ADD COLUMN mode_e text,
  ADD COLUMN gateway_network smallint NOT NULL DEFAULT 0 CHECK (gateway_network BETWEEN 0 AND 255),
  ADD COLUMN gateway_device text NOT NULL DEFAULT '' CHECK (gateway_device ~ '^([0-9a-f]{2}){0,255}$');
`;
