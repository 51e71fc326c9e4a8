import { fileURLToPath } from 'node:url';
import { mergeConfig } from 'vite';
import pages from '../console/vite.config.ts';

/** As the console is built, below /portal/. */
export default mergeConfig(pages, {
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: '/portal/',
  // the same icon, and the same script that sets the theme before anything is painted
  publicDir: fileURLToPath(new URL('../console/public', import.meta.url)),
});
