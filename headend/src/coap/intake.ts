/** Reports of devices into the ingest pipeline: an answer is 2.04 when they are stored for good. */
import { OpenAmiError } from '@openami/model';
import { type PushMessage, utf8Bytes } from '@openami/wire';
import { coapCodes } from '@openami/wire/coap';
import { contentFormats, type Lwm2mResource, lwm2mToPush } from '@openami/wire/lwm2m';
import { decodeSenml, senmlToPush } from '@openami/wire/senml';
import { mayReportFor } from '../mqtt/topics.ts';
import type { QuietLog } from '../quiet-log.ts';
import { busyReply, type CoapReply, unavailable } from './endpoint.ts';
import type { CoapCounters, CoapIdentity, CoapIngest } from './types.ts';

export interface IntakeOptions {
  readonly ingest: CoapIngest;
  readonly counters: CoapCounters;
  readonly log: QuietLog;
}

/** What a device sent and who it is. */
export interface Report {
  readonly identity: CoapIdentity;
  readonly payload: Uint8Array;
  readonly receivedMs: number;
}

const changed: CoapReply = { code: coapCodes.changed };

export class Intake {
  readonly #options: IntakeOptions;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** A SenML pack that was posted, in the content format that was told. */
  async takeSenml(report: Report, format: number | undefined): Promise<CoapReply> {
    const named =
      format === contentFormats.senmlJson ? 'json' : format === contentFormats.senmlCbor ? 'cbor' : undefined;
    if (format !== undefined && named === undefined) return { code: coapCodes.unsupportedFormat };
    return this.answer(report, () => {
      const pack = decodeSenml(report.payload, named === undefined ? {} : { format: named });
      return senmlToPush(pack, { receivedS: report.receivedMs / 1_000 });
    });
  }

  /** Takes what `decode` makes of a report; what cannot be read is kept with its reason and refused. */
  async answer(report: Report, decode: () => readonly PushMessage[]): Promise<CoapReply> {
    const { counters, log } = this.#options;
    try {
      const refusal = await this.#store(report, decode);
      counters.acknowledged += 1;
      return refusal ?? changed;
    } catch (error) {
      counters.unacknowledged += 1;
      const { code, message } = error as { code?: string; message: string };
      log.warn('CoAP report not stored; not acknowledged', { code, error: message });
      return busyReply;
    }
  }

  /** Resources of a device; rejects when they could not be stored. */
  async takeResources(
    report: Report,
    decode: () => readonly Lwm2mResource[],
  ): Promise<readonly Lwm2mResource[]> {
    let resources: readonly Lwm2mResource[] = [];
    const receivedS = report.receivedMs / 1_000;
    await this.#store(report, () => {
      resources = decode();
      return [lwm2mToPush(resources, { device: report.identity.name, receivedS })];
    });
    return resources;
  }

  async #store(report: Report, decode: () => readonly PushMessage[]): Promise<CoapReply | undefined> {
    const { identity, payload, receivedMs } = report;
    const device = identity.name;
    const { ingest } = this.#options;
    let messages: readonly PushMessage[];
    try {
      messages = decode();
    } catch (error) {
      if (!(error instanceof OpenAmiError)) throw error;
      await ingest.refuse(error, { device, sender: device, payload, receivedMs, lane: device });
      return refusalOf(error);
    }
    // what holds no readings is heard all the same, and nothing of it needs to be kept
    if (!messages.some(({ series, rejectCount }) => series.length > 0 || rejectCount > 0)) return undefined;
    await ingest.accept({
      ...{ device, sender: device, messages, frame: payload, receivedMs, lane: device },
      mayReport: (meter) => mayReportFor(identity, meter),
    });
    return undefined;
  }
}

/** 4.xx by whose fault it is, with the code for people who look at the device. */
function refusalOf({ code, status }: OpenAmiError): CoapReply {
  const payload = utf8Bytes(code);
  if (status === 413) return { code: coapCodes.tooLarge, payload };
  return { code: status === 415 ? coapCodes.unsupportedFormat : coapCodes.badRequest, payload };
}

export const unknownSender: CoapReply = { code: coapCodes.unauthorized };
export const retryLater = unavailable(60);
