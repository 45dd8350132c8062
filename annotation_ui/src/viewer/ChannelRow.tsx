import { useSpeech } from "../language";
import { COLORMAPS, type Look, type Scale } from "./looks";
import { WindowSlider } from "./WindowSlider";

interface ChannelRowProps {
  look: Look;
  scale: Scale;
  /** Whether it is one of several, which are seen or not. */
  several: boolean;
  /** The only one that is seen stays so. */
  last: boolean;
  onChange: (news: Partial<Look>) => void;
}

const HEX = /^[0-9a-f]{6}$/;
/** The slider's middle is a gamma of 1. */
const GAMMA_RANGE = 4;

export function ChannelRow({ look, scale, several, last, onChange }: ChannelRowProps) {
  const { texts } = useSpeech();
  const name = look.name || texts.channel(look.field.slice(1));
  return (
    <fieldset className="channel" aria-label={several ? name : texts.brightness} data-seen={look.visible}>
      {several && (
        <div className="channel-name">
          <label>
            <input
              type="checkbox"
              checked={look.visible}
              disabled={last}
              onChange={(event) => onChange({ visible: event.target.checked })}
            />
            {name}
          </label>
          <input
            type="color"
            aria-label={texts.colorOf(name)}
            value={HEX.test(look.tint) ? `#${look.tint}` : "#ffffff"}
            onChange={(event) => onChange({ tint: event.target.value.slice(1) })}
          />
        </div>
      )}
      {look.visible && (
        <>
          <WindowSlider low={look.low} high={look.high} scale={scale} onChange={(low, high) => onChange({ low, high })} />
          <details open={!several}>
            <summary>{texts.finer}</summary>
            <label className="setting">
              <span>{texts.gamma}</span>
              <input
                type="range"
                min={-2}
                max={2}
                step={0.05}
                value={Math.log(look.gamma) / Math.log(GAMMA_RANGE)}
                onChange={(event) => onChange({ gamma: gammaAt(event.target.valueAsNumber) })}
              />
              <output>{look.gamma}</output>
            </label>
            {look.field !== "c" && (
              <label className="setting">
                <span>{texts.colormap}</span>
                <select
                  value={HEX.test(look.tint) ? "" : look.tint}
                  onChange={(event) => onChange({ tint: event.target.value || "ffffff" })}
                >
                  <option value="">{texts.oneColor}</option>
                  {COLORMAPS.map((map) => (
                    <option key={map}>{map}</option>
                  ))}
                </select>
              </label>
            )}
            <label className="setting">
              <span>{texts.invert}</span>
              <input
                type="checkbox"
                checked={look.inverted}
                onChange={(event) => onChange({ inverted: event.target.checked })}
              />
            </label>
          </details>
        </>
      )}
    </fieldset>
  );
}

const gammaAt = (position: number) => Number((GAMMA_RANGE ** position).toFixed(2));
