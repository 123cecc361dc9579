// In this order: most browsers also call themselves by the names of those they came from.
const BROWSERS: readonly [mark: string, name: string][] = [
  ['Edg', 'Edge'],
  ['OPR/', 'Opera'],
  ['SamsungBrowser', 'Samsung Internet'],
  ['Firefox', 'Firefox'],
  ['FxiOS', 'Firefox'],
  ['CriOS', 'Chrome'],
  ['Chrome', 'Chrome'],
  ['Safari', 'Safari'],
];
const SYSTEMS: readonly [mark: string, name: string][] = [
  ['iPhone', 'iPhone'],
  ['iPad', 'iPad'],
  ['Android', 'Android'],
  ['CrOS', 'ChromeOS'],
  ['Windows', 'Windows'],
  ['Macintosh', 'macOS'],
  ['Tizen', 'Samsung TV'],
  ['Web0S', 'LG TV'],
  ['Linux', 'Linux'],
];
const LONGEST = 60;

/** `Chrome on Android`, from a User-Agent header; the names are those that the API gives playing devices. */
export function deviceName(userAgent: string): string {
  const first = (names: typeof BROWSERS) => names.find(([mark]) => userAgent.includes(mark))?.[1];
  const [browser, system] = [first(BROWSERS), first(SYSTEMS)];
  if (browser && system) return `${browser} on ${system}`;
  return browser ?? system ?? (userAgent.trim().slice(0, LONGEST) || 'A device that doesn’t say what it is');
}
