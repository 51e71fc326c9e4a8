/** Head-ends ask every few seconds which credentials were changed since. */
export const credentialChangesSql = `
CREATE INDEX device_credential_updated ON device_credential (updated_at);
`;
