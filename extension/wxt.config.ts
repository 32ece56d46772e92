import preact from '@preact/preset-vite';
import { defineConfig } from 'wxt';

export default defineConfig({
  manifestVersion: 3,
  targetBrowsers: ['chrome', 'firefox'],
  srcDir: 'src',
  // Not a dot folder: a person has to find it in the browser's file chooser.
  outDir: 'dist',
  webExt: { disabled: true },
  imports: false,
  zip: {
    name: 'teammarks',
    // All that a store's reviewer needs to build the same bytes: `npm ci && npx wxt zip -b firefox`.
    includeSources: ['**/*', '.npmrc'],
    excludeSources: ['tests/**', 'scripts/**', 'biome.json', 'vitest.config.ts'],
  },
  vite: () => ({ plugins: [preact()] }),
  manifest: ({ browser }) => ({
    name: '__MSG_extensionName__',
    description: '__MSG_extensionDescription__',
    default_locale: 'en',
    permissions: ['bookmarks', 'storage', 'alarms'],
    // Said outright, because Firefox's default would turn a hub on plain ws:// into wss://.
    content_security_policy: { extension_pages: "script-src 'self'; object-src 'self'" },
    ...(browser === 'firefox'
      ? {
          browser_specific_settings: {
            gecko: {
              id: 'teammarks@teammarks.example',
              // The first that asks for the consent below on every device.
              strict_min_version: '142.0',
              data_collection_permissions: { required: ['bookmarksInfo', 'authenticationInfo'] },
            },
          },
        }
      : { minimum_chrome_version: '120' }),
  }),
});
