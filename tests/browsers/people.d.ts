import type { BrowserName } from './profile';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The browsers at which the people of a test sit, in the order in which they come in. */
    browsers: readonly [BrowserName, BrowserName];
  }
}
