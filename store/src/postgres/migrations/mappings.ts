/** Mappings of messages of other people's devices: every version stays; the newest of an id counts. */
export const mappingsSql = `
CREATE TABLE message_mapping (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text NOT NULL CHECK (id <> ''),
  version integer NOT NULL CHECK (version > 0),
  text text,
  parameters jsonb NOT NULL DEFAULT '{}',
  removed boolean NOT NULL DEFAULT false,
  changed_at timestamptz NOT NULL,
  UNIQUE (id, version)
);
`;
