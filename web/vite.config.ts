import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
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

const KEPT = 15 * 60_000;

/** Files of earlier builds stay a while: a page that was open before the build still asks for them. Their names carry a hash. */
function pruneOldBuilds(): Plugin {
  return {
    name: 'tidemark:prune-old-builds',
    writeBundle({ dir }, bundle) {
      const folder = join(dir ?? '', 'assets');
      for (const name of readdirSync(folder)) {
        const path = join(folder, name);
        if (!(`assets/${name}` in bundle) && Date.now() - statSync(path).mtimeMs > KEPT) rmSync(path);
      }
    },
  };
}

const server = 'http://127.0.0.1:8787';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), preloadFont(), pruneOldBuilds()],
  build: { outDir: 'dist', emptyOutDir: false, manifest: true, target: 'es2023', assetsInlineLimit: 0 },
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
