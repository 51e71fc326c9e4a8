/** Image transfer (class 18, Blue Book "Image transfer"): new firmware in blocks, verified, activated. */
import { copyOf } from '../../../bytes.ts';
import { bytesOf, type CosemValue, elementsOf, numberOf } from '../../value.ts';
import { type ActionAnswer, type Behaviour, done, mismatch, type Place } from '../behaviour.ts';
import { array, doubleLongUnsigned, enumerated, octets, structure } from '../make.ts';

export const imageStates = {
  'not-initiated': 0,
  initiated: 1,
  'verification-initiated': 2,
  'verification-successful': 3,
  'verification-failed': 4,
  'activation-initiated': 5,
  'activation-successful': 6,
  'activation-failed': 7,
} as const;

interface Image {
  readonly identifier: Uint8Array;
  readonly bytes: Uint8Array;
  readonly blockBytes: number;
  /** One bit a block, the first highest. */
  readonly received: Uint8Array;
  readonly blocks: number;
  state: number;
}

const MAX_IMAGE_BYTES = 4 << 20;
const DEFAULT_BLOCK_BYTES = 256;

export const imageTransfer: Behaviour = {
  read(place, attribute) {
    const image = imageOf(place);
    if (attribute === 3) {
      const bits = image?.blocks ?? 0;
      return { type: 'bit-string', bits, value: image?.received ?? new Uint8Array(0) };
    }
    if (attribute === 4) return doubleLongUnsigned(image === undefined ? 0 : firstMissing(image));
    if (attribute === 6) return enumerated(image?.state ?? imageStates['not-initiated']);
    if (attribute === 7) {
      if (image === undefined || image.state < imageStates['verification-successful']) return array([]);
      const signature = octets(new Uint8Array(0));
      return array([structure(doubleLongUnsigned(image.bytes.length), octets(image.identifier), signature)]);
    }
    return undefined;
  },

  invoke(place, method, parameter) {
    const enabled = place.meter.value(place.object, 5);
    if (enabled?.type === 'boolean' && !enabled.value) return { result: 'read-write-denied' };
    if (method === 1) return initiate(place, parameter);
    const image = imageOf(place);
    if (image === undefined) return { result: 'other-reason' };
    if (method === 2) return takeBlock(image, parameter);
    return method === 3 ? verify(place, image) : activate(place, image);
  },
};

function imageOf({ meter, object }: Place): Image | undefined {
  return meter.kept.get(object) as Image | undefined;
}

function initiate(place: Place, parameter: CosemValue): ActionAnswer {
  const { meter, object } = place;
  const [name, length] = elementsOf(parameter) ?? [];
  const identifier = name && bytesOf(name);
  const size = length && numberOf(length);
  if (identifier === undefined || size === undefined) return mismatch;
  if (!Number.isInteger(size) || size < 1 || size > MAX_IMAGE_BYTES) return { result: 'other-reason' };
  const blockBytes = meter.numberAt(object, 2) ?? DEFAULT_BLOCK_BYTES;
  const blocks = Math.ceil(size / blockBytes);
  const received = new Uint8Array(Math.ceil(blocks / 8));
  const bytes = new Uint8Array(size);
  const image: Image = {
    identifier: copyOf(identifier),
    bytes,
    blockBytes,
    received,
    blocks,
    state: imageStates.initiated,
  };
  meter.kept.set(object, image);
  meter.happened('image-initiated');
  return done;
}

function takeBlock(image: Image, parameter: CosemValue): ActionAnswer {
  const [number, content] = elementsOf(parameter) ?? [];
  const block = number && numberOf(number);
  const bytes = content && bytesOf(content);
  if (block === undefined || bytes === undefined) return mismatch;
  const isBlock = Number.isInteger(block) && block >= 0 && block < image.blocks;
  if (image.state !== imageStates.initiated || !isBlock) return { result: 'other-reason' };
  const at = block * image.blockBytes;
  const wanted = Math.min(image.blockBytes, image.bytes.length - at);
  if (bytes.length !== wanted) return { result: 'other-reason' };
  image.bytes.set(bytes, at);
  image.received[block >> 3]! |= 0x80 >> (block & 7);
  return done;
}

function firstMissing({ received, blocks }: Image): number {
  for (let block = 0; block < blocks; block++) {
    if ((received[block >> 3]! & (0x80 >> (block & 7))) === 0) return block;
  }
  return blocks;
}

function verify({ meter }: Place, image: Image): ActionAnswer {
  if (firstMissing(image) < image.blocks) return { result: 'other-reason' };
  const isGood = meter.env.verifyImage?.(image.identifier, image.bytes) ?? true;
  image.state = isGood ? imageStates['verification-successful'] : imageStates['verification-failed'];
  meter.happened(isGood ? 'image-verified' : 'image-refused');
  return isGood ? done : { result: 'other-reason' };
}

function activate({ meter, object }: Place, image: Image): ActionAnswer {
  if (image.state !== imageStates['verification-successful']) return { result: 'other-reason' };
  image.state = imageStates['activation-successful'];
  const { identifier, bytes } = image;
  meter.env.onEvent?.({ type: 'image', instance: object.instance, identifier, bytes });
  meter.happened('image-activated');
  return done;
}
