/** Where meters stand on their way into use, and the root keys of LoRaWAN devices. */
export const commissioningSql = `
ALTER TABLE meter_key DROP CONSTRAINT meter_key_kind_check;
ALTER TABLE meter_key ADD CONSTRAINT meter_key_kind_check CHECK (kind IN ('guek', 'gbek', 'gak', 'kek', 'lls',
  'hls', 'sign_client', 'sign_meter', 'agree_client', 'agree_meter', 'wmbus', 'p1', 'p1_auth',
  'lorawan_app', 'lorawan_nwk'));

CREATE TABLE commissioning (
  meter_id integer PRIMARY KEY REFERENCES meter (id) ON DELETE CASCADE,
  state text NOT NULL CHECK (state IN ('delivered', 'keyed', 'installed', 'heard', 'reading', 'commissioned',
    'failed', 'decommissioned')),
  since timestamptz NOT NULL,
  -- When each mark was reached, and what a person decided: the head-end's own shape.
  record jsonb NOT NULL,
  -- What was missing when it was looked at last; the first of them by code.
  findings jsonb NOT NULL DEFAULT '[]',
  finding text NOT NULL DEFAULT '',
  late boolean NOT NULL DEFAULT false,
  version integer NOT NULL DEFAULT 1
);
CREATE INDEX commissioning_state ON commissioning (state, meter_id);
CREATE INDEX commissioning_open ON commissioning (meter_id)
  WHERE state NOT IN ('commissioned', 'decommissioned');

-- Meters that were in use before there was such a list are in use.
INSERT INTO commissioning (meter_id, state, since, record)
  SELECT id, s.state, now(), jsonb_build_object('state', s.state, 'sinceS', s.at, 'waitS', s.at,
    'marks', jsonb_build_object('delivered', s.at), 'fault', '', 'isRemoved', s.state = 'decommissioned',
    'decision', CASE WHEN s.state = 'commissioned' THEN jsonb_build_object('kind', 'commission',
      'reason', 'in use before', 'by', 'system', 'atS', s.at) END)
  FROM meter, LATERAL (SELECT CASE WHEN meter.state IN ('active', 'disconnected') THEN 'commissioned'
    ELSE 'decommissioned' END AS state, floor(extract(epoch FROM now()))::bigint AS at) s
  WHERE meter.state IN ('active', 'disconnected', 'removed', 'retired');
`;
