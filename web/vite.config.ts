import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** The one font file is asked for with the page, not once the style sheet has been read. */
function preloadFont(): Plugin {
  return {
    name: 'tidemark:preload-font',
    transformIndexHtml(_html, { bundle }) {
      const font = Object.keys(bundle ?? {}).find((file) => /inter-latin-wght-normal.*\.woff2$/.test(file));
      if (!font) return [];
      const attrs = { rel: 'preload', as: 'font', type: 'font/woff2', href: `/${font}`, crossorigin: '' };
      return [{ tag: 'link', attrs, injectTo: 'head' }];
    },
  };
}

const server = 'http://127.0.0.1:8787';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), preloadFont()],
  build: { outDir: 'dist', emptyOutDir: true, manifest: true, target: 'es2023', assetsInlineLimit: 0 },
  server: {
    host: '127.0.0.1',
    port: 5173,
    proxy: {
      '^/(p/[a-z0-9-]+/)?api/': { target: server, ws: true },
      // A one-time link is the server's; the page of the same name is ours.
      '^/(p/[a-z0-9-]+/)?login\\?code=': { target: server },
    },
  },
});
