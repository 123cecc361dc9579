import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

/** Where `npm run dev` finds the API and the segments: the ingress of a running Telstar. */
const backend = process.env.TELSTAR_ADDRESS ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react()],
  server: { proxy: { '/api': backend, '/hls': backend } },
  build: {
    target: 'es2022',
    // hls.js is one library of about 600 kB, loaded apart from the page and before it is needed.
    chunkSizeWarningLimit: 700,
  },
  test: {
    restoreMocks: true,
    unstubGlobals: true,
    env: { TZ: 'UTC', DEBUG_PRINT_LIMIT: '2000' },
    testTimeout: 15_000,
    // A simulated browser only for what draws: it takes longer to start than all other tests take.
    projects: [
      { extends: true, test: { name: 'decisions', include: ['src/**/*.test.ts'], environment: 'node' } },
      {
        extends: true,
        test: {
          name: 'components',
          include: ['src/**/*.test.tsx'],
          environment: 'jsdom',
          environmentOptions: { jsdom: { url: 'http://telstar.test/' } },
          setupFiles: 'src/app/test-setup.ts',
        },
      },
    ],
  },
});
