/** Language of an account, and what the seller says on bills, version by version. */
export const billDocumentsSql = `
ALTER TABLE account ADD COLUMN language text NOT NULL DEFAULT ''
  CHECK (language = '' OR language ~ '^[a-z]{2}$');

-- A bill keeps the version that was in force when it was issued.
CREATE TABLE bill_document_settings (
  version integer PRIMARY KEY CHECK (version > 0),
  settings jsonb NOT NULL,
  changed_by text NOT NULL,
  since timestamptz NOT NULL
);
CREATE FUNCTION openami_bill_document_settings_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'words of bills are never edited' USING ERRCODE = '42501';
END $$;
CREATE TRIGGER bill_document_settings_kept BEFORE UPDATE OR DELETE ON bill_document_settings
  FOR EACH ROW EXECUTE FUNCTION openami_bill_document_settings_kept();
`;
