/** Details of refused rows quoted cells of key files, in any of which a key may have stood. */
export const keyImportDetailsSql = `
UPDATE key_import SET rejects = (SELECT jsonb_agg(
    CASE WHEN r ->> 'code' IN ('KEY_METER_UNKNOWN', 'KEY_TITLE_DIFFERS', 'KEY_TITLE_TAKEN')
      THEN r || '{"detail": ""}' ELSE r END ORDER BY at)
  FROM jsonb_array_elements(rejects) WITH ORDINALITY AS x(r, at))
WHERE jsonb_array_length(rejects) > 0;
`;
