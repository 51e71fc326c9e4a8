import type { OpenAmiError } from '@openami/model';
import { FrameStream } from '../../frame-stream.ts';
import { linkErrors } from './link-errors.ts';

/** Base of the decoders of links that carry DLMS: a frame without its end is a DLMS_LINK_TRUNCATED. */
export abstract class LinkStream<T> extends FrameStream<T> {
  protected override truncated(detail: string): OpenAmiError {
    return linkErrors.DLMS_LINK_TRUNCATED(detail);
  }
}
