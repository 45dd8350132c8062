import { useSpeech } from "../language";
import type { Scale } from "./looks";

interface WindowSliderProps {
  low: number;
  high: number;
  scale: Scale;
  onChange: (low: number, high: number) => void;
}

/** Two handles on one line: which values are black, and which are full. */
export function WindowSlider({ low, high, scale, onChange }: WindowSliderProps) {
  const { texts } = useSpeech();
  const { minimum, maximum, step } = scale;
  const setLow = (value: number) => Number.isFinite(value) && onChange(Math.min(value, high - step), high);
  const setHigh = (value: number) => Number.isFinite(value) && onChange(low, Math.max(value, low + step));
  // Where both handles are at the upper end, the lower one is the one that can still move.
  const over = low > (minimum + maximum) / 2;
  const range = { type: "range", min: minimum, max: maximum, step } as const;
  return (
    <div className="window">
      <NumberField name={texts.black} value={shown(low)} onChange={setLow} />
      <span className="two-handles">
        <input
          {...range}
          className={over ? "over" : undefined}
          aria-label={texts.black}
          value={low}
          onChange={(event) => setLow(event.target.valueAsNumber)}
        />
        <input
          {...range}
          aria-label={texts.white}
          value={high}
          onChange={(event) => setHigh(event.target.valueAsNumber)}
        />
      </span>
      <NumberField name={texts.white} value={shown(high)} onChange={setHigh} />
    </div>
  );
}

interface NumberFieldProps {
  name: string;
  value: number;
  onChange: (value: number) => void;
}

/** Takes effect when it is left or Enter is pressed: half a number is none. */
function NumberField({ name, value, onChange }: NumberFieldProps) {
  const commit = ({ valueAsNumber }: HTMLInputElement) => valueAsNumber !== value && onChange(valueAsNumber);
  return (
    <input
      key={value}
      type="number"
      aria-label={name}
      title={name}
      step="any"
      defaultValue={value}
      onBlur={(event) => commit(event.currentTarget)}
      onKeyDown={(event) => event.key === "Enter" && commit(event.currentTarget)}
    />
  );
}

const shown = (number: number) => Number(number.toPrecision(6));
