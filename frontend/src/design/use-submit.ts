import { useState, type SyntheticEvent } from 'react';

interface Submission {
  busy: boolean;
  /** Why the last try was not taken, or null. */
  failure: string | null;
  onSubmit: (event: SyntheticEvent) => void;
}

/**
 * A form that is sent once at a time. `send` throws where it is refused, and `say` puts that into a sentence.
 */
export function useSubmit(send: () => Promise<void>, say: (error: unknown) => string): Submission {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  async function submit() {
    setBusy(true);
    setFailure(null);
    try {
      await send();
    } catch (error) {
      setFailure(say(error));
    } finally {
      setBusy(false);
    }
  }
  return {
    busy,
    failure,
    onSubmit: (event) => {
      event.preventDefault();
      if (!busy) void submit();
    },
  };
}
