/** Codecs of LoRaWAN devices, which device has which, who is heard, and what is sent to them. */
export const lorawanSql = `
CREATE TABLE lorawan_codec (
  id text PRIMARY KEY CHECK (id <> ''),
  enabled boolean NOT NULL DEFAULT true,
  version integer NOT NULL,
  -- Counts every change of the row: their sum tells that something changed.
  changes integer NOT NULL DEFAULT 1,
  updated_at timestamptz NOT NULL
);
-- Every version as it was uploaded, as JSON text: the order of its fields and its script stay as they are.
CREATE TABLE lorawan_codec_version (
  id text NOT NULL REFERENCES lorawan_codec (id),
  version integer NOT NULL,
  definition text NOT NULL,
  uploaded_by text NOT NULL,
  uploaded_at timestamptz NOT NULL,
  PRIMARY KEY (id, version)
);

CREATE TABLE lorawan_device (
  dev_eui text PRIMARY KEY CHECK (dev_eui ~ '^[0-9a-f]{16}$'),
  codec_id text REFERENCES lorawan_codec (id),
  -- Serial or address of its meter; empty: the DevEUI itself.
  meter text NOT NULL DEFAULT '',
  changes integer NOT NULL DEFAULT 1,
  updated_at timestamptz NOT NULL
);
CREATE INDEX lorawan_device_codec ON lorawan_device (codec_id);

CREATE TABLE lorawan_heard (
  name text PRIMARY KEY,
  last_at timestamptz NOT NULL,
  facts jsonb NOT NULL
);
CREATE INDEX lorawan_heard_last ON lorawan_heard (last_at);

CREATE TABLE lorawan_downlink (
  id text PRIMARY KEY CHECK (id <> ''),
  dev_eui text NOT NULL,
  record jsonb NOT NULL,
  version integer NOT NULL,
  -- Names by which its network server speaks of it.
  names text[] NOT NULL,
  -- When it is to be looked at again; null once it has ended.
  due_at timestamptz,
  ordered_by text NOT NULL,
  ordered_at timestamptz NOT NULL
);
CREATE INDEX lorawan_downlink_names ON lorawan_downlink USING gin (names);
CREATE INDEX lorawan_downlink_due ON lorawan_downlink (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX lorawan_downlink_device ON lorawan_downlink (dev_eui, ordered_at);
`;
