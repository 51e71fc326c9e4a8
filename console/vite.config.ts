import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Where a running server listens while pages are developed with `npx vite console` or `npx vite portal`. */
const api = process.env.OPENAMI_URL ?? 'http://localhost:8080';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [react()],
  resolve: { conditions: ['@openami/source', 'module', 'browser', 'development|production'] },
  server: { proxy: { '/api': api, '/docs': api } },
  worker: { format: 'es' },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    // Inlined assets would need `data:` in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1200,
    rolldownOptions: {
      // That compiling React takes most of a build is no news.
      checks: { bundlerTimings: false },
      // The model is pure: what is not used of it stays out of the bundle.
      treeshake: { moduleSideEffects: [{ test: /[\\/]model[\\/](src|dist)[\\/]/, sideEffects: false }] },
    },
  },
});
