/** Text as it may be written: whatever a browser hands over must read the same after it has travelled as UTF-8. */

/** Replaces lone surrogates by U+FFFD, as `String.prototype.toWellFormed` of ES2024 does. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}

/** The first `units` UTF-16 units, one less where that would split a surrogate pair. */
export function cut(text: string, units: number): string {
  if (text.length <= units) return text;
  const splits = (text.codePointAt(units - 1) as number) > 0xffff;
  return text.slice(0, splits ? units - 1 : units);
}
