/** For what comes over sockets and through the stores, on a machine that does other work, too. */
export const patient = { timeout: 40_000, interval: 50 };
