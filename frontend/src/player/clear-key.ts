/** The key system of W3C Encrypted Media Extensions §9.1, Clear Key. */
export const KEY_SYSTEM = 'org.w3.clearkey';

/** What is asked of the browser: what SimLive encodes, H.264 and AAC. */
export const encryptedConfigurations: MediaKeySystemConfiguration[] = [
  {
    initDataTypes: ['keyids'],
    videoCapabilities: [{ contentType: 'video/mp4; codecs="avc1.64001f"' }],
    audioCapabilities: [{ contentType: 'audio/mp4; codecs="mp4a.40.2"' }],
  },
];

const KID_BYTES = 16;

/** Unpadded base64url (RFC 7515 §2). */
export function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
}

/** The bytes of a KID in hexadecimal, as the API writes it. */
export function keyIdFrom(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/**
 * Initialisation data of type `keyids` (EME Initialization Data Format Registry) for these KIDs, 16 bytes
 * each. The segments carry no pssh box, so the playlist's KEYID is all the browser can go by.
 * RangeError when a KID has another length.
 */
export function keyIdsInitData(kids: Uint8Array[]): ArrayBuffer {
  for (const kid of kids) {
    if (kid.length !== KID_BYTES)
      throw new RangeError(`a key id has ${KID_BYTES} bytes, this one ${kid.length}`);
  }
  const bytes = new TextEncoder().encode(JSON.stringify({ kids: kids.map(base64url) }));
  return bytes.buffer;
}
