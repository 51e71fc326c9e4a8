/** Every codec that a device ever had: what one of them closes the valve with is never harmless again. */
export const lorawanPastSql = `
ALTER TABLE lorawan_device ADD COLUMN had text[] NOT NULL DEFAULT '{}';
UPDATE lorawan_device SET had = ARRAY[codec_id], changes = changes + 1 WHERE codec_id IS NOT NULL;
`;
