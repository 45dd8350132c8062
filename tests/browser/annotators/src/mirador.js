/** Mirador with its annotation editor on an image of a server: `?server=…&image=…&token=…`. */

import Mirador from "mirador";
import annotationPlugins from "mirador-annotation-editor";
import "mirador-annotation-editor/dist/index.css";

import { AnnotationStore } from "../../../../annotation_ui/client/src/index.ts";
import { miradorAdapter } from "../../../../annotation_ui/client/src/mirador.ts";

const query = new URLSearchParams(location.search);
const [server, image, container] = [query.get("server"), query.get("image"), query.get("container") ?? "default"];
const store = new AnnotationStore({ container: `${server}/annotations/${container}/`, token: query.get("token") });
window.outcomes = [];

window.mirador = Mirador.viewer(
  {
    id: "mirador",
    annotation: { adapter: miradorAdapter(store, { user: "Anna", onCollision: (o) => window.outcomes.push(o) }) },
    window: { defaultSideBarPanel: "annotations", sideBarOpen: true, sideBarPanel: "annotations" },
    windows: [{ id: "one", manifestId: `${server}/iiif/presentation/3/${image}/manifest`, imageToolsEnabled: false }],
    workspaceControlPanel: { enabled: false },
  },
  annotationPlugins,
);
