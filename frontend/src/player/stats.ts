import type Hls from 'hls.js';

export interface Stats {
  /** Seconds behind the newest moment of the playlist; 0 where it does not grow. */
  latency: number;
  width: number;
  height: number;
  /** Of the rendition and of the connection, in bits per second. */
  bitrate: number;
  bandwidth: number;
  /** Seconds that could be played without another segment. */
  buffer: number;
  frames: number;
  dropped: number;
  /** Key id in force, 32 hexadecimal digits; null without encryption. Never the key. */
  kid: string | null;
}

/** What hls.js and the video element know of themselves right now; null before they are joined. */
export function readStats(hls: Hls): Stats | null {
  const video = hls.media;
  if (!(video instanceof HTMLVideoElement)) return null;
  const { droppedVideoFrames, totalVideoFrames } = video.getVideoPlaybackQuality();
  return {
    latency: hls.latestLevelDetails?.live ? hls.latency : 0,
    width: video.videoWidth,
    height: video.videoHeight,
    bitrate: hls.levels[hls.currentLevel]?.bitrate ?? 0,
    bandwidth: hls.bandwidthEstimate,
    buffer: hls.mainForwardBufferInfo?.len ?? 0,
    frames: totalVideoFrames,
    dropped: droppedVideoFrames,
    kid: kidAt(hls, video.currentTime),
  };
}

function kidAt(hls: Hls, time: number): string | null {
  const fragment = hls.latestLevelDetails?.fragments.find(({ start, end }) => start <= time && time < end);
  const keyId = fragment?.decryptdata?.keyId;
  return keyId ? [...keyId].map((byte) => byte.toString(16).padStart(2, '0')).join('') : null;
}
