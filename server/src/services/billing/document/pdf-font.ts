/**
 * The two fonts of the PDF (Open Sans: Latin, Greek, Cyrillic). They are read once. Text is set glyph by
 * glyph without shaping, and a file gets whole blocks of letters rather than just those it uses: then files
 * of one language share the same cut of the font, which is the dearest part of a file and is kept.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { create, type Font, type Glyph } from 'fontkit';
import type PDFDocument from 'pdfkit';

type Doc = InstanceType<typeof PDFDocument>;

export type FontName = 'text' | 'bold';
const require = createRequire(import.meta.url);
const files: Readonly<Record<FontName, string>> = {
  text: require.resolve('@expo-google-fonts/open-sans/400Regular/OpenSans_400Regular.ttf'),
  bold: require.resolve('@expo-google-fonts/open-sans/700Bold/OpenSans_700Bold.ttf'),
};

/** Letters of a block of Unicode; a file that uses one gets all of them. */
const blockSize = 32;
const mostCuts = 64;

const mostRuns = 20_000;

interface Letter {
  readonly id: number;
  readonly advanceWidth: number;
  readonly codePoints: readonly number[];
  readonly place: Place;
}

/**
 * The place of a letter after the one before it. The PDF library scales what it finds in a place by itself;
 * accessors it does not find, so that a place is scaled once and serves every document.
 */
class Place {
  readonly #advance: number;

  constructor(advance: number) {
    this.#advance = advance;
  }

  get xAdvance(): number {
    return this.#advance;
  }
  get yAdvance(): number {
    return 0;
  }
  get xOffset(): number {
    return 0;
  }
  get yOffset(): number {
    return 0;
  }
}

/** Letters in a row. */
interface Run {
  readonly glyphs: readonly Letter[];
  readonly positions: readonly Place[];
  readonly advanceWidth: number;
}

/** What the PDF library asks of a font. */
class PlainFont {
  readonly #font: Font;
  readonly #letters = new Map<number, Letter>();
  readonly #cuts = new Map<string, Uint8Array>();
  readonly #blocks = new Map<number, string>();
  readonly #runs = new Map<string, Run>();
  /** The font's own measures and tables, with setting and cutting as here. */
  readonly shown: object;

  constructor(font: Font) {
    this.#font = font;
    this.shown = Object.create(font, {
      layout: { value: (text: string) => this.#run(text) },
      createSubset: { value: () => this.#subset() },
    }) as object;
  }

  #letter(codePoint: number): Letter {
    let letter = this.#letters.get(codePoint);
    if (letter === undefined) {
      const glyph: Glyph = this.#font.glyphForCodePoint(codePoint);
      const { id, advanceWidth } = glyph;
      const place = new Place((advanceWidth * 1_000) / this.#font.unitsPerEm);
      letter = { id, advanceWidth, codePoints: [codePoint], place };
      this.#letters.set(codePoint, letter);
    }
    return letter;
  }

  #run(text: string): Run {
    let run = this.#runs.get(text);
    if (run === undefined) {
      const glyphs = [...text].map((one) => this.#letter(one.codePointAt(0)!));
      run = { glyphs, positions: glyphs.map(({ place }) => place), advanceWidth: this.width(text) };
      if (this.#runs.size >= mostRuns) this.#runs.clear();
      this.#runs.set(text, run);
    }
    return run;
  }

  /** All letters the font has in the block. */
  block(index: number): string {
    let text = this.#blocks.get(index);
    if (text === undefined) {
      const codePoints = Array.from({ length: blockSize }, (_, i) => index * blockSize + i);
      text = String.fromCodePoint(...codePoints.filter((one) => this.#letter(one).id !== 0));
      this.#blocks.set(index, text);
    }
    return text;
  }

  /** Width of a text in thousandths of its size. */
  width(text: string): number {
    let width = 0;
    for (const one of text) width += this.#letter(one.codePointAt(0)!).place.xAdvance;
    return width;
  }

  #subset() {
    const glyphs: number[] = [0];
    const slots = new Map<number, number>([[0, 0]]);
    return {
      cff: null,
      includeGlyph: (id: number) => {
        let slot = slots.get(id);
        if (slot === undefined) {
          slot = glyphs.length;
          slots.set(id, slot);
          glyphs.push(id);
        }
        return slot;
      },
      encode: () => this.#cut(glyphs),
    };
  }

  #cut(glyphs: readonly number[]): Uint8Array {
    const key = glyphs.join();
    let cut = this.#cuts.get(key);
    if (cut === undefined) {
      const subset = this.#font.createSubset() as unknown as {
        includeGlyph(id: number): number;
        encode(): Uint8Array;
      };
      for (const id of glyphs) subset.includeGlyph(id);
      cut = subset.encode();
      if (this.#cuts.size >= mostCuts) this.#cuts.clear();
      this.#cuts.set(key, cut);
    }
    return cut;
  }
}

const fonts = new Map<FontName, PlainFont>();

function fontOf(name: FontName): PlainFont {
  let font = fonts.get(name);
  if (font === undefined) {
    font = new PlainFont(create(readFileSync(files[name])) as Font);
    fonts.set(name, font);
  }
  return font;
}

/** Width of a text that is plain, in points. */
export function textWidth(text: string, font: FontName, size: number): number {
  return (fontOf(font).width(text) * size) / 1_000;
}

const plain = /^[\x20-\x7e]*$/;

/** Spaces of other widths are plain ones in a PDF; letters with marks are single letters. */
export function plainText(text: string): string {
  if (plain.test(text)) return text;
  return text
    .normalize('NFC')
    .replace(/[\u00a0\u2000-\u200a\u202f]/g, ' ')
    .replace(/[\u200b-\u200f\u2066-\u2069]/g, '');
}

/** Makes both fonts known to a document and gives it the blocks of letters that its texts are of. */
export function useFonts(doc: Doc, texts: Iterable<string>): void {
  const blocks = new Set<number>([1, 2, 3]);
  for (const text of texts)
    for (const one of plainText(text)) blocks.add(Math.floor(one.codePointAt(0)! / blockSize));
  const sorted = [...blocks].filter((block) => block > 0).sort((a, b) => a - b);
  for (const name of Object.keys(files) as FontName[]) {
    const font = fontOf(name);
    doc.registerFont(name, font.shown as unknown as string);
    doc.font(name);
    const { _font: embedded } = doc as unknown as { _font: { encode(text: string): unknown } };
    embedded.encode(sorted.map((block) => font.block(block)).join(''));
  }
}
