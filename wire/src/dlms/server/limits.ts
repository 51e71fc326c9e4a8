/** What a meter puts together for one client at most, however much it is asked for or sent. */

/** Of a request that comes in blocks. */
export const MAX_REQUEST_BYTES = 1 << 20;
/** Of the answers to a list of requests: ten bytes can ask for a whole profile. */
export const MAX_ANSWER_BYTES = 4 << 20;
