import { useEffect, useState } from 'react';

/** A device clock wrong by less than this (milliseconds) is left alone: the Date header counts whole seconds. */
const TOLERATED_SKEW = 2_000;

let skew = 0;

/** The time now, in milliseconds since the epoch, by the server's clock where the device's is wrong. */
export function now(): number {
  return Date.now() + skew;
}

/**
 * How far the device is behind the server, in milliseconds, from an answer's `Date` header
 * (RFC 9110 §6.6.1). 0 when the header is missing, unreadable or within the tolerance.
 */
export function skewFrom(header: string | null, receivedAt: number): number {
  const sent = header === null ? NaN : Date.parse(header);
  const difference = sent - receivedAt;
  return Number.isNaN(difference) || Math.abs(difference) <= TOLERATED_SKEW ? 0 : difference;
}

/** Sets the page's one clock by an answer of the server. */
export function observeServerTime(header: string | null): void {
  skew = skewFrom(header, Date.now());
}

/** The time now, renewed every `everyMs` milliseconds. */
export function useNow(everyMs = 1_000): number {
  const [time, setTime] = useState(now);
  useEffect(() => {
    const timer = setInterval(() => setTime(now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return time;
}
