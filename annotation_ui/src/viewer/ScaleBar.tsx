import { useSpeech } from "../language";

interface ScaleBarProps {
  /** Screen pixels per image pixel. */
  scale: number;
  pixelSizeMm: number;
}

const WIDEST = 150;
const UNITS = [
  ["km", 1e6],
  ["m", 1e3],
  ["mm", 1],
  ["um", 1e-3],
  ["nm", 1e-6],
] as const;

/** How long things are in the picture as it is seen now. */
export function ScaleBar({ scale, pixelSizeMm }: ScaleBarProps) {
  const { texts, numbers } = useSpeech();
  if (!(scale > 0)) return null;
  const millimetresPerPixel = pixelSizeMm / scale;
  const length = roundLength(WIDEST * millimetresPerPixel);
  const [unit, size] = UNITS.find(([, millimetres]) => length >= millimetres * 0.999) ?? (["nm", 1e-6] as const);
  const text = `${numbers.number(Number((length / size).toPrecision(3)))} ${texts.units[unit]}`;
  return (
    <div className="scale-bar" role="img" aria-label={texts.scaleBar(text)}>
      <span>{text}</span>
      <i style={{ width: `${length / millimetresPerPixel}px` }} />
    </div>
  );
}

/** The largest of 1, 2 and 5 times a power of ten that is not longer. */
function roundLength(longest: number): number {
  const power = 10 ** Math.floor(Math.log10(longest));
  const factor = [5, 2, 1].find((candidate) => candidate * power <= longest) ?? 1;
  return factor * power;
}
