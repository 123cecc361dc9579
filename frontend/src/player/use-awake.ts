import { useCallback, useEffect, useRef, useState } from 'react';

/** How long the controls stay after the last movement, in milliseconds. */
const STAY = 3_000;

/** Whether somebody is at the controls: the pointer or the focus moved, or `wake` was called, a moment ago. */
export function useAwake(): { awake: boolean; wake: () => void } {
  const [awake, setAwake] = useState(true);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const sleepLater = useCallback(() => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setAwake(false), STAY);
  }, []);
  const wake = useCallback(() => {
    setAwake(true);
    sleepLater();
  }, [sleepLater]);

  useEffect(() => {
    sleepLater();
    addEventListener('pointermove', wake);
    addEventListener('focusin', wake);
    return () => {
      removeEventListener('pointermove', wake);
      removeEventListener('focusin', wake);
      clearTimeout(timer.current);
    };
  }, [sleepLater, wake]);
  return { awake, wake };
}
