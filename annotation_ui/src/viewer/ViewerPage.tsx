import { useEffect, useState } from "react";

import { here, viewOfSegment } from "../addresses";
import { LanguageSwitch, useSpeech } from "../language";
import "../styles/viewer.css";
import "../styles/channels.css";
import type { ErrorKind } from "../texts/en";
import { DeepZoomView } from "./DeepZoomView";
import { type Segment, formatSegment, parseSegment, pictureOf } from "./segment";
import { titleOf, useDescription } from "./useDescription";

/** Errors whose own sentence says too little without the server's. */
const SAY_WHY = new Set<ErrorKind>(["badRequest", "other"]);

/** `/view/{id}[;…]`: one image, as large as the window. `segment` is what names it in every address, encoded. */
export default function ViewerPage({ segment }: { segment: string }) {
  const { texts, language } = useSpeech();
  const [current, setCurrent] = useState(() => parseSegment(segment));
  const description = useDescription(pictureOf(current));
  const title = description.kind === "ready" ? titleOf(description.manifest, language, current.image) : "";
  const show = (news: Segment) => {
    setCurrent(news);
    history.replaceState(null, "", viewOfSegment(formatSegment(news)) + location.hash);
  };
  const failure = description.kind === "failed" ? texts.errors[description.error] : null;

  useEffect(() => {
    document.title = [failure?.[0] ?? title, "Pigture"].filter(Boolean).join(" · ");
  }, [title, failure]);

  switch (description.kind) {
    case "loading":
      return <main className="viewer-backdrop" aria-busy="true" aria-label={texts.loading} />;
    case "ready":
      return (
        <DeepZoomView current={current} title={title} description={description} onShow={show} />
      );
    case "failed":
      return (
        <main className="viewer-backdrop failure">
          <div>
            <h1>{failure?.[0]}</h1>
            <p>{failure?.[1]}</p>
            {SAY_WHY.has(description.error) && description.detail && <p className="detail">{description.detail}</p>}
            <a className="way-out" href={here("")}>
              {texts.backToGallery}
            </a>
          </div>
          <LanguageSwitch />
        </main>
      );
  }
}
