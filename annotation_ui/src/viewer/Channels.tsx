import { useEffect, useRef } from "react";

import { Icon } from "../icons";
import { useSpeech } from "../language";
import { ChannelRow } from "./ChannelRow";
import type { Samples } from "./useDetails";
import { useLooks } from "./useLooks";

interface ChannelsProps {
  samples: Samples | null;
  fields: string[];
  onFields: (fields: string[]) => void;
  onClose: () => void;
}

/** How the picture is shown: every setting becomes part of its address, which works in every other viewer too. */
export function Channels({ samples, fields, onFields, onClose }: ChannelsProps) {
  const { texts } = useSpeech();
  const { looks, scales, changed, change, reset } = useLooks(samples, fields, onFields);
  const panel = useRef<HTMLElement>(null);
  useEffect(() => panel.current?.focus(), []);
  const seen = looks.filter(({ visible }) => visible).length;
  return (
    <aside
      ref={panel}
      id="channels"
      className="channels"
      tabIndex={-1}
      aria-label={texts.channels}
      onKeyDown={(event) => event.key === "Escape" && onClose()}
    >
      <header>
        <h2>{samples && samples.channels.length > 1 ? texts.channels : texts.brightness}</h2>
        <button type="button" className="link" disabled={!changed} onClick={reset}>
          {texts.reset}
        </button>
        <button type="button" className="close" aria-label={texts.close} title={texts.close} onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      {looks.map((look, index) => (
        <ChannelRow
          key={look.field}
          look={look}
          scale={scales[index] ?? { minimum: 0, maximum: 255, step: 1 }}
          several={looks.length > 1}
          last={look.visible && seen === 1}
          onChange={(news) => change(index, news)}
        />
      ))}
    </aside>
  );
}
