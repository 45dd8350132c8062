import { resolve } from "node:path";

import { defineConfig } from "vite";

const page = (name) => resolve(import.meta.dirname, `${name}.html`);

// The lock names Mirador, its editor and Annotorious without what they depend on: their modules hold all of it but
// what is named in package.json.
export default defineConfig({
  base: "./",
  define: { "process.env.NODE_ENV": '"production"' },
  resolve: { dedupe: ["react", "react-dom", "@emotion/react", "@mui/material", "@mui/system", "react-i18next"] },
  build: {
    target: "es2022",
    minify: false,
    chunkSizeWarningLimit: 10_000,
    rolldownOptions: { input: { annotorious: page("annotorious"), mirador: page("mirador") } },
  },
});
