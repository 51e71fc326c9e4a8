/** What another channel measures too: it is taken where this one has nothing. */
export const channelChecksSql = `
CREATE TABLE channel_check (
  channel_id integer PRIMARY KEY REFERENCES channel (id),
  check_id integer NOT NULL REFERENCES channel (id),
  version integer NOT NULL DEFAULT 1,
  updated_by text NOT NULL,
  updated_at timestamptz NOT NULL,
  CHECK (check_id <> channel_id)
);
`;
