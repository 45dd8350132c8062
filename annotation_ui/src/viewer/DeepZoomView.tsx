import { lazy, Suspense, useEffect, useMemo, useRef, useState } from "react";

import { here, imageService } from "../addresses";
import { Icon, type IconName } from "../icons";
import { LanguageSwitch, useSpeech } from "../language";
import { Channels } from "./Channels";
import { Controls } from "./Controls";
import { Information } from "./Information";
import { Parts } from "./Parts";
import { ScaleBar } from "./ScaleBar";
import { MARKUP_TEXTS } from "./markup/texts";
import { readPlace, waysOf } from "./parts";
import { type Segment, formatSegment } from "./segment";
import { useAnnotator } from "./useAnnotator";
import { useDeepZoom } from "./useDeepZoom";
import type { Description } from "./useDescription";
import { useDetails } from "./useDetails";

// Visitors have no use for it.
const Markup = lazy(() => import("./markup/Markup"));

interface DeepZoomViewProps {
  current: Segment;
  title: string;
  description: Extract<Description, { kind: "ready" }>;
  onShow: (segment: Segment) => void;
}

type Panel = "channels" | "information" | "notes";

export function DeepZoomView({ current, title, description, onShow }: DeepZoomViewProps) {
  const { texts, language } = useSpeech();
  const stage = useRef<HTMLDivElement>(null);
  const { picture, manifest } = description;
  // A rendering is a service of its own, of the same size; only its address differs.
  const service = imageService([picture, ...current.rendering].join(";"));
  const info = useMemo(() => ({ ...description.info, id: service }), [description.info, service]);
  const zoom = useDeepZoom(stage, info);
  const details = useDetails(current.image);
  const ways = useMemo(() => waysOf(details?.parts ?? []), [details]);
  const [open, setOpen] = useState<Panel | null>(null);
  const openers = {
    channels: useRef<HTMLButtonElement>(null),
    information: useRef<HTMLButtonElement>(null),
    notes: useRef<HTMLButtonElement>(null),
  };
  const annotator = useAnnotator(current, description);

  useEffect(() => {
    zoom.viewer?.canvas.setAttribute("aria-label", texts.canvas);
    zoom.viewer?.canvas.setAttribute("role", "application");
  }, [zoom.viewer, texts]);

  const close = () => {
    if (open) openers[open].current?.focus();
    setOpen(null);
  };
  const opener = (panel: Panel, icon: IconName, name: string) => (
    <button
      ref={openers[panel]}
      type="button"
      className="chip"
      aria-expanded={open === panel}
      aria-controls={panel}
      aria-label={name}
      title={name}
      onClick={() => setOpen(open === panel ? null : panel)}
    >
      <Icon name={icon} />
    </button>
  );
  // Of pages and associated images nobody has told the channels.
  const place = readPlace(current.part);
  const known = details !== null && place.image === null && place.page === 1;
  return (
    <div className="viewer">
      <header className="title-bar">
        <a className="chip" href={here("")} aria-label={texts.backToGallery} title={texts.backToGallery}>
          <Icon name="back" />
        </a>
        <h1 title={title}>{title}</h1>
        <LanguageSwitch />
        {known && opener("channels", "sliders", texts.adjust)}
        {annotator && opener("notes", "note", MARKUP_TEXTS[language].notes)}
        {opener("information", "info", texts.information)}
      </header>
      <main className="stage-frame">
        <div ref={stage} className="stage" data-settled={zoom.settled} />
        {zoom.broken && (
          <p className="broken" role="alert">
            {texts.tilesMissing}
          </p>
        )}
        {known && details.pixelSizeMm && <ScaleBar scale={zoom.scale} pixelSizeMm={details.pixelSizeMm[0]} />}
        <div className="below">
          <Parts ways={ways} fields={current.part} onFields={(part) => onShow(moved(current, part))} />
          {zoom.viewer && <Controls viewer={zoom.viewer} scale={zoom.scale} />}
        </div>
      </main>
      {open === "channels" && known && (
        <Channels
          samples={details.samples}
          fields={current.rendering}
          onFields={(rendering) => onShow({ ...current, rendering })}
          onClose={close}
        />
      )}
      {open === "notes" && annotator && zoom.viewer && (
        <Suspense>
          <Markup
            viewer={zoom.viewer}
            size={info}
            scaled={!!details?.pixelSizeMm}
            onClose={close}
            {...annotator}
          />
        </Suspense>
      )}
      {open === "information" && (
        <Information
          segment={formatSegment(current)}
          image={current.image}
          title={title}
          info={info}
          rights={manifest.rights}
          files={details?.files ?? []}
          onClose={close}
        />
      )}
    </div>
  );
}

/** Planes share their channels, so that a rendering goes along; another page may have others. */
function moved(current: Segment, part: string[]): Segment {
  const apart = [...current.part, ...part].some((field) => /^(page|image)=/.test(field));
  return { ...current, part, rendering: apart ? [] : current.rendering };
}
