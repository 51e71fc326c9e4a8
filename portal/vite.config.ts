import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Where a running server listens while the portal is developed with `npx vite portal`. */
const api = process.env.OPENAMI_URL ?? 'http://localhost:8080';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: '/portal/',
  // the same icon, and the same script that sets the theme before anything is painted
  publicDir: fileURLToPath(new URL('../console/public', import.meta.url)),
  plugins: [react()],
  resolve: { conditions: ['@openami/source', 'module', 'browser', 'development|production'] },
  server: { proxy: { '/api': api, '/docs': api } },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    // Inlined assets would need `data:` in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      checks: { bundlerTimings: false },
      treeshake: { moduleSideEffects: [{ test: /[\\/]model[\\/](src|dist)[\\/]/, sideEffects: false }] },
    },
  },
});
