/** What is read of which meters, and by when. */
export const collectionSql = `
CREATE TABLE reading_plan (
  code text PRIMARY KEY CHECK (code <> ''),
  plan jsonb NOT NULL,
  version integer NOT NULL DEFAULT 1,
  updated_by text NOT NULL,
  updated_at timestamptz NOT NULL
);
`;
