import { type CSSProperties, useState } from "react";

import { local, viewOf } from "../addresses";
import type { ImageItem } from "../api";
import { Icon } from "../icons";
import { useSpeech } from "../language";

const UNKNOWN_ASPECT = 4 / 3;
const MEGA = 1e6;
const GIGA = 1e9;

/** Width by height, within what a row of pictures can hold; what is beyond is cut off in the thumbnail. */
function aspectOf({ width, height }: ImageItem): number {
  if (!width || !height) return UNKNOWN_ASPECT;
  return Math.min(2.4, Math.max(0.6, width / height));
}

interface CardProps {
  item: ImageItem;
  /** null for those who may not delete. */
  onDelete: ((item: ImageItem) => void) | null;
}

export function Card({ item, onDelete }: CardProps) {
  const { texts } = useSpeech();
  const title = item.label || item.identifier;
  const style = { "--aspect": aspectOf(item) } as CSSProperties;
  return (
    <li className="card" style={style} data-state={item.state} data-identifier={item.identifier}>
      {item.state === "live" ? (
        <a className="picture" href={viewOf(item.identifier)} aria-label={title}>
          <Thumbnail item={item} />
        </a>
      ) : (
        <div className="picture">
          <Unfinished item={item} />
        </div>
      )}
      <div className="caption">
        <div className="lines">
          <h2 title={title}>{item.state === "live" ? <a href={viewOf(item.identifier)}>{title}</a> : title}</h2>
          <Facts item={item} />
          {item.state === "live" && item.error && (
            <p className="not-replaced">
              <strong>{texts.notReplaced}</strong> {item.error}
            </p>
          )}
        </div>
        {onDelete && (
          <button
            type="button"
            className="quiet"
            aria-label={texts.deleteOf(title)}
            title={texts.delete}
            onClick={() => onDelete(item)}
          >
            <Icon name="trash" />
          </button>
        )}
      </div>
    </li>
  );
}

/** The server's thumbnail; twice as large where the card is wide or the screen dense. Never larger than the image. */
function thumbnailOf(item: ImageItem, thumbnail: string): string {
  const large = aspectOf(item) > 1.4 || devicePixelRatio > 1;
  return local(large ? thumbnail.replace("/!400,400/", "/!800,800/") : thumbnail);
}

function Thumbnail({ item }: { item: ImageItem }) {
  const [loaded, setLoaded] = useState(false);
  const [plain, setPlain] = useState(false);
  if (!item.thumbnail) return null;
  return (
    <img
      src={plain ? local(item.thumbnail) : thumbnailOf(item, item.thumbnail)}
      // A server whose limits are narrow refuses the larger one.
      onError={() => setPlain(true)}
      alt=""
      loading="lazy"
      decoding="async"
      className={loaded ? "loaded" : ""}
      onLoad={() => setLoaded(true)}
    />
  );
}

function Unfinished({ item }: { item: ImageItem }) {
  const { texts, numbers } = useSpeech();
  if (item.state === "failed") {
    return (
      <div className="unfinished failed">
        <strong>{texts.failed}</strong>
        {item.error && <p>{item.error}</p>}
      </div>
    );
  }
  const started = item.progress !== null && item.progress > 0;
  return (
    <div className="unfinished">
      <strong>{started ? texts.converting : texts.waiting}</strong>
      <progress aria-label={texts.converting} max={1} {...(started ? { value: item.progress as number } : {})} />
      {started && <span className="percent">{numbers.percent(item.progress as number)}</span>}
    </div>
  );
}

function Facts({ item }: { item: ImageItem }) {
  const { texts, numbers } = useSpeech();
  const { width, height } = item;
  return (
    <p className="facts">
      {width && height ? <span>{texts.size(width, height, numbers)}</span> : <span>{item.identifier}</span>}{" "}
      {width && height && width * height >= MEGA ? <span>{pixelCount(width * height)}</span> : null}{" "}
      {item.updated && <time dateTime={item.updated}>{numbers.date(item.updated)}</time>}{" "}
      {item.access && item.access !== "public" && (
        <span className="restricted">
          <Icon name="lock" />
          {texts.restricted}
        </span>
      )}
    </p>
  );

  function pixelCount(pixels: number): string {
    if (pixels >= GIGA) return texts.gigapixels(Math.round(pixels / (GIGA / 10)) / 10, numbers);
    const mega = pixels / MEGA;
    return texts.megapixels(mega < 10 ? Math.round(mega * 10) / 10 : Math.round(mega), numbers);
  }
}
