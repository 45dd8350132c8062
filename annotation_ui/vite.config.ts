import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// Relative addresses, resolved against <base>: the server writes the path prefix of PIGTURE_PUBLIC_URL there.
export default defineConfig({
  base: "./",
  plugins: [react()],
  build: { target: "es2022", assetsInlineLimit: 0, chunkSizeWarningLimit: 700 },
});
