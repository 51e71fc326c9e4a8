import { defineErrors } from '@openami/model';

/** Failures of reaching meters over DLMS; those of the link and the association are declared in `wire`. */
export const dlmsFieldErrors = defineErrors({
  DLMS_UNREACHABLE: {
    fault: 'peer',
    status: 502,
    title: 'No connection to the meter.',
    hint: 'Check host and port, that the meter or its modem is powered, and what the detail says.',
  },
  DLMS_CONNECT_TIMEOUT: {
    fault: 'timeout',
    status: 504,
    title: 'The connection to the meter was not made in time.',
    hint: 'Try later; if it never works, look for a firewall or a wrong address.',
  },
  DLMS_SESSION_TIMEOUT: {
    fault: 'timeout',
    status: 504,
    title: 'The session took longer than it may in all.',
    hint: 'Read less in one session or raise its limit; the meter is read again later.',
  },
  DLMS_NO_OTHER_COUNTER: {
    fault: 'peer',
    status: 502,
    title: 'The meter refuses our invocation counter and its own could not be read.',
    hint: 'Open the public client of the meter for 0.0.43.1.x.255, or set the counter by hand.',
  },
  DLMS_KEYS_MISSING: {
    fault: 'caller',
    status: 400,
    title: 'The association needs a key, a password or a title that is not given.',
    hint: 'Give what the detail names, or another authentication and security.',
  },
  DLMS_ENDPOINT: {
    fault: 'caller',
    status: 400,
    title: 'The description of how to reach the meter is not right.',
    hint: 'The detail names the part.',
  },
  DLMS_LISTEN_FAILED: {
    fault: 'ours',
    status: 500,
    title: 'The listener for meters cannot listen.',
    hint: 'Check that the port is free and that the address is one of this machine.',
  },
  DLMS_METER_OFFLINE: {
    fault: 'peer',
    status: 503,
    title: 'The meter holds no connection to us.',
    hint: 'Wait until it connects; look at its modem when it does not.',
  },
  DLMS_METER_BUSY: {
    fault: 'ours',
    status: 503,
    title: 'Too much waits for this meter.',
    hint: 'Try later: a meter has one association at a time.',
  },
  DLMS_LINE_BUSY: {
    fault: 'ours',
    status: 503,
    title: 'The line that the meter shares with others was in use all the time.',
    hint: 'Try later; if it lasts, read less of its meters, or put some of them on another line.',
  },
  DLMS_METER_UNIDENTIFIED: {
    fault: 'peer',
    status: 502,
    title: 'A meter connected and did not say which it is.',
    hint: 'Let it push its system title or open its public client, or give its address in the directory.',
  },
  DLMS_PUSH_UNKNOWN: {
    fault: 'peer',
    status: 502,
    title: 'A push came from a system title that no registered meter has.',
    hint: 'Register the meter, or give its endpoint the system title that the detail names.',
  },
  DLMS_PUSH_UNPROTECTED: {
    fault: 'peer',
    status: 502,
    title: 'A push came in plain from a meter whose messages must be protected.',
    hint: 'Switch protection on in the push setup of the meter, or off in the security of its endpoint.',
  },
  DLMS_PUSH_UNSUPPORTED: {
    fault: 'peer',
    status: 502,
    title: 'A push is protected in a way that the head-end cannot open.',
    hint: 'Let the meter protect its pushes with its global unicast or broadcast key.',
  },
  DLMS_PUSH_USELESS: {
    fault: 'peer',
    status: 502,
    title: 'A connection was closed because nothing of what came in a row could be used.',
    hint: 'The rejections before this one say why; a sender that goes on so is let in less often.',
  },
  DLMS_PUSH_BUSY: {
    fault: 'ours',
    status: 503,
    title: 'Too many senders of pushes wait for their keys.',
    hint: 'Look at the load of the registry store; what was refused is in the meters’ profiles.',
  },
  DLMS_PUSH_FAULT: {
    fault: 'ours',
    status: 500,
    title: 'A push could not be taken because of a fault of ours.',
    hint: 'Report the detail; what was refused is in the profiles of the meter.',
  },
});
