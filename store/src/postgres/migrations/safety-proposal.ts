/** A looser safety policy waits for a second person here. */
export const safetyProposalSql = `
ALTER TABLE command_gate ADD COLUMN proposal jsonb;
`;
