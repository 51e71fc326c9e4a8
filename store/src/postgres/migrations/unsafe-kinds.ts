/** Who asks for a second person to run a script does so for what other devices are told, too. */
export const unsafeKindsSql = `
UPDATE command_gate SET policy = jsonb_set(policy, '{fourEyesAlways}',
    (policy->'fourEyesAlways') || '["downlink", "lwm2m-write", "lwm2m-execute"]')
  WHERE policy->'fourEyesAlways' @> '["script"]';
UPDATE command_gate SET proposal = jsonb_set(proposal, '{policy,fourEyesAlways}',
    (proposal->'policy'->'fourEyesAlways') || '["downlink", "lwm2m-write", "lwm2m-execute"]')
  WHERE proposal->'policy'->'fourEyesAlways' @> '["script"]';
`;
