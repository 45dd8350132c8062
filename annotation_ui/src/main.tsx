import { lazy, StrictMode, Suspense } from "react";
import { createRoot } from "react-dom/client";

import { currentPage } from "./addresses";
import { Gallery } from "./gallery/Gallery";
import { LanguageProvider } from "./language";
import "./styles/base.css";

// OpenSeadragon is a large script that the gallery does not need.
const ViewerPage = lazy(() => import("./viewer/ViewerPage"));

function Page() {
  const page = currentPage();
  if (page.kind === "gallery") return <Gallery />;
  return (
    <Suspense fallback={<div className="viewer-backdrop" />}>
      <ViewerPage segment={page.segment} />
    </Suspense>
  );
}

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <LanguageProvider>
      <Page />
    </LanguageProvider>
  </StrictMode>,
);
