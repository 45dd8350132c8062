import { useSpeech } from "../language";
import { lengthText } from "./lengths";

interface ScaleBarProps {
  /** Screen pixels per image pixel. */
  scale: number;
  pixelSizeMm: number;
}

const WIDEST = 150;

/** How long things are in the picture as it is seen now. */
export function ScaleBar({ scale, pixelSizeMm }: ScaleBarProps) {
  const { texts, numbers } = useSpeech();
  if (!(scale > 0)) return null;
  const millimetresPerPixel = pixelSizeMm / scale;
  const length = roundLength(WIDEST * millimetresPerPixel);
  const text = lengthText(length, numbers, texts);
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
