import { encryptedConfigurations, KEY_SYSTEM } from '../player/clear-key';

/**
 * While nobody waits: fetches the player's code and wakes the browser's key system, so that a click on a
 * channel only has to fetch the channel.
 */
export function warmUpPlayer(): () => void {
  const warm = () => {
    void import('../player/watch-page');
    void import('hls.js');
    // A browser without the key system says so when something is played; here it is only early.
    if ('requestMediaKeySystemAccess' in navigator) {
      navigator.requestMediaKeySystemAccess(KEY_SYSTEM, encryptedConfigurations).catch(() => undefined);
    }
  };
  const timer = setTimeout(warm, 300);
  return () => clearTimeout(timer);
}
