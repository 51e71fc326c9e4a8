/** Marks of the map, drawn at twice their size: `state:active`, `node:transformer`, `count:37`. */
import { cssColour } from '../shell/theme.ts';
import { shapePath, stateLook } from '../ui/marks.tsx';

const ratio = 2;

export function drawImage(id: string): ImageData | undefined {
  const at = id.indexOf(':');
  const [kind, what] = [id.slice(0, at), id.slice(at + 1)];
  if (kind === 'state') return drawState(what);
  if (kind === 'count') return drawCount(what);
  return kind === 'node' ? drawNode(what) : undefined;
}

function canvas(sizePx: number, draw: (c: CanvasRenderingContext2D) => void): ImageData | undefined {
  const element = document.createElement('canvas');
  element.width = sizePx * ratio;
  element.height = sizePx * ratio;
  const context = element.getContext('2d');
  if (!context) return undefined;
  context.scale(ratio, ratio);
  draw(context);
  return context.getImageData(0, 0, element.width, element.height);
}

function drawState(state: string): ImageData | undefined {
  const look = stateLook(state);
  return canvas(16, (c) => {
    c.translate(2, 2);
    const path = new Path2D(shapePath(look.shape));
    c.lineWidth = 2;
    c.strokeStyle = cssColour('--surface');
    c.stroke(path);
    c.fillStyle = cssColour(look.colour);
    c.fill(path, 'evenodd');
  });
}

function drawCount(text: string): ImageData | undefined {
  const size = 26 + Math.max(0, text.length - 2) * 5;
  return canvas(size, (c) => {
    c.beginPath();
    c.arc(size / 2, size / 2, size / 2 - 1.5, 0, Math.PI * 2);
    c.fillStyle = cssColour('--accent-soft');
    c.strokeStyle = cssColour('--accent');
    c.lineWidth = 1.5;
    c.fill();
    c.stroke();
    c.fillStyle = cssColour('--text');
    c.font = `600 11px ${cssColour('--font')}`;
    c.textAlign = 'center';
    c.textBaseline = 'middle';
    c.fillText(text, size / 2, size / 2 + 0.5);
  });
}

function drawNode(kind: string): ImageData | undefined {
  const size = kind === 'station' || kind === 'substation' ? 18 : 10;
  return canvas(size, (c) => {
    c.fillStyle = cssColour('--surface');
    c.strokeStyle = cssColour('--text-2');
    c.lineWidth = 1.5;
    if (size === 18) c.fillStyle = cssColour('--text-2');
    c.beginPath();
    c.rect(1.5, 1.5, size - 3, size - 3);
    c.fill();
    c.stroke();
  });
}
