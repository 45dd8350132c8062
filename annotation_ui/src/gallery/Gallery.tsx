import { useDeferredValue, useEffect, useState } from "react";
import type React from "react";

import { deleteImage, getSession, mayCurate, type ImageItem, type Session } from "../api";
import { useSpeech } from "../language";
import "../styles/gallery.css";
import { Card } from "./Card";
import { DeleteDialog } from "./DeleteDialog";
import { Empty } from "./Empty";
import { Header } from "./Header";
import { More } from "./More";
import { Uploads } from "./Uploads";
import { useImages } from "./useImages";

function useSession(): Session | null {
  const [session, setSession] = useState<Session | null>(null);
  useEffect(() => {
    getSession().then(setSession, () => setSession({ name: null, roles: [] }));
  }, []);
  return session;
}

/** The page at the root: every image, newest first. */
export function Gallery() {
  const { texts, numbers } = useSpeech();
  const [query, setQuery] = useState("");
  const q = useDeferredValue(query.trim());
  const images = useImages(q);
  const session = useSession();
  const curator = mayCurate(session);
  const [doomed, setDoomed] = useState<ImageItem | null>(null);

  useEffect(() => {
    document.title = `${texts.gallery} · Pigture`;
  }, [texts]);

  const { items } = images;
  return (
    <>
      <a className="skip" href="#images" onClick={skipToImages}>
        {texts.skip}
      </a>
      <Header query={query} onQuery={setQuery} session={session} />
      <main id="images" tabIndex={-1} aria-busy={items === null}>
        <div className="heading">
          <h1>{texts.gallery}</h1>
          <p className="count" role="status">
            {items?.length ? texts.count(items.length, images.more, numbers) : ""}
          </p>
        </div>
        {images.failure && (
          <p className="notice" role="alert">
            {images.failure.status === 0 ? texts.unreachable : `${texts.listFailed} ${images.failure.message}`}
          </p>
        )}
        {curator && <Uploads onDone={images.refresh} />}
        {items === null && !images.failure && <Placeholders />}
        {items?.length === 0 && <Empty q={q} onClear={() => setQuery("")} />}
        {items && items.length > 0 && (
          <ul className="wall">
            {items.map((item) => (
              <Card key={item.identifier} item={item} onDelete={curator ? setDoomed : null} />
            ))}
          </ul>
        )}
        {images.more && <More onMore={images.loadMore} shown={items?.length ?? 0} />}
      </main>
      {doomed && (
        <DeleteDialog
          item={doomed}
          onDelete={async () => {
            await deleteImage(doomed.identifier);
            images.refresh();
          }}
          onClose={() => setDoomed(null)}
        />
      )}
    </>
  );
}

/** By script: a fragment alone would be resolved against <base>. */
function skipToImages(event: { preventDefault: () => void }) {
  event.preventDefault();
  document.getElementById("images")?.focus();
}

function Placeholders() {
  return (
    <div className="wall" aria-hidden="true">
      {[1.5, 1, 0.8, 1.6, 1.2].map((aspect) => (
        <div key={aspect} className="card" style={{ "--aspect": aspect } as React.CSSProperties}>
          <div className="picture shimmer" />
        </div>
      ))}
    </div>
  );
}
