import { useEffect, useRef, useState } from "react";

import { here } from "../addresses";
import { Icon } from "../icons";
import { LanguageSwitch, useSpeech } from "../language";
import { Controls } from "./Controls";
import { Information } from "./Information";
import { useDeepZoom } from "./useDeepZoom";
import type { ImageInfo } from "./useDescription";

interface DeepZoomViewProps {
  segment: string;
  title: string;
  info: ImageInfo;
  rights: string | undefined;
}

export function DeepZoomView({ segment, title, info, rights }: DeepZoomViewProps) {
  const { texts } = useSpeech();
  const stage = useRef<HTMLDivElement>(null);
  const zoom = useDeepZoom(stage, info);
  const [open, setOpen] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);

  useEffect(() => {
    zoom.viewer?.canvas.setAttribute("aria-label", texts.canvas);
    zoom.viewer?.canvas.setAttribute("role", "application");
  }, [zoom.viewer, texts]);

  const close = () => {
    setOpen(false);
    opener.current?.focus();
  };
  return (
    <div className="viewer">
      <header className="title-bar">
        <a className="chip" href={here("")} aria-label={texts.backToGallery} title={texts.backToGallery}>
          <Icon name="back" />
        </a>
        <h1 title={title}>{title}</h1>
        <LanguageSwitch />
        <button
          ref={opener}
          type="button"
          className="chip"
          aria-expanded={open}
          aria-controls="information"
          aria-label={texts.information}
          title={texts.information}
          onClick={() => setOpen(!open)}
        >
          <Icon name="info" />
        </button>
      </header>
      <main className="stage-frame">
        <div ref={stage} className="stage" data-settled={zoom.settled} />
        {zoom.broken && (
          <p className="broken" role="alert">
            {texts.tilesMissing}
          </p>
        )}
        {zoom.viewer && <Controls viewer={zoom.viewer} scale={zoom.scale} />}
      </main>
      {open && <Information segment={segment} title={title} info={info} rights={rights} onClose={close} />}
    </div>
  );
}
